#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fetch.sh: restore_command of the drill. PostgreSQL takes 1 to 125 for "there is no more": only 74 of wal-g means that, so that a
# store which does not answer ends the recovery instead of shortening it in silence.
wal-g wal-fetch "$1" "$2" 2>/run/howdah/drill/fetch-words
case $? in
0) exit 0 ;;
74) exit 1 ;;
esac
exit 126
