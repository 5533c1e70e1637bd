/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of the drill's pod, which runs Spilo's image: shell scripts that the agent carries.
 */
#ifndef DRILL_SCRIPTS_H
#define DRILL_SCRIPTS_H

/* runtime/drill/drill.sh and fetch.sh, NUL-terminated. */
extern const char drill_script[], drill_fetch[];

#endif
