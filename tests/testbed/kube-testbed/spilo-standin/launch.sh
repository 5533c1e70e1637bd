#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What Spilo's image is started with; here all of it is one program.
exec /usr/bin/python3 /scripts/spilo.py launch
