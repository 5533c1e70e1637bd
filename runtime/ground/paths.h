/* SPDX-License-Identifier: Apache-2.0 */
/* Where things lie in a member's containers: as templates/model/cluster/paths.yaml and ports.yaml
 * have it (tests/unit/test_agent_paths.c compares them). */
#ifndef GROUND_PATHS_H
#define GROUND_PATHS_H

#define PATH_DATA "/home/postgres/pgdata"
#define PATH_TOKEN "/run/secrets/kubernetes.io/serviceaccount"
#define PATH_ORDERS "/etc/howdah/orders/orders.yaml"
#define PATH_HBA "/etc/howdah/hba/pg_hba.conf"
#define PATH_TRUST_BUNDLE "/etc/howdah/trust/ca.crt"
#define PATH_TRUST "/run/howdah/trust.crt"
#define PATH_KEYS "/run/howdah/keys"
#define PATH_BACKUP_KEY PATH_KEYS "/backup-key"
#define PATH_SOURCE_KEY PATH_KEYS "/source-key"
#define PATH_DRILL "/run/howdah/drill"
#define PATH_BIN "/run/howdah/bin"
#define PATH_EXPORTER "/run/howdah-exporter"
#define PATH_ENVDIR "/run/etc/wal-e.d/env"         /* Spilo's, in both generations */
#define PATH_ENVDIR_CLONE PATH_ENVDIR "-clone"     /* of CLONE_ variables, without CLONE_SCOPE */
#define PATH_ENVDIR_STANDBY PATH_ENVDIR "-standby" /* of STANDBY_ ones, without STANDBY_SCOPE */
#define PATH_PGDATA PATH_DATA "/pgroot/data"       /* Spilo's */
#define PATH_WALG "/usr/local/bin/wal-g"           /* docker/agent.Dockerfile puts it there */
#define PATH_SECRETS "/etc/howdah/secrets"
#define PATH_AUTHORITY "/etc/howdah/tls/authority/ca.crt"
#define PATH_SERVER "/etc/howdah/tls/server"
#define PATH_SUPERUSER "/etc/howdah/tls/postgres"
#define PATH_REPLICATION "/etc/howdah/tls/standby"
#define PATH_SOCKETS "/run/postgresql"
#define PATH_POOLER_SOCKETS "/run/pgbouncer"
#define PATH_POOLER_LEAVING "/run/pgbouncer/leaving" /* made before the pod ends */
#define PATH_POOLER_CONFIG "/etc/pgbouncer"
#define PATH_POOLER_LIST "/etc/howdah/pooler/userlist.txt"
#define PATH_POOLER_TLS "/etc/howdah/tls"
#define PATH_CONSOLE_PASSWORD "/etc/howdah/secrets/pooler/console-password"
#define PATH_AGENT_SOCKET "/run/howdah/agent.sock"
#define PATH_PROGRAMS "/run/howdah/bin"
#define PATH_HANDOVER PATH_PROGRAMS "/handover"

enum { PORT_POSTGRES = 5432, PORT_PATRONI = 8008, PORT_AGENT = 8010, PORT_POOLER = 6432 };

#endif
