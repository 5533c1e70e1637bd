#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh FILE...: assembler source that puts the files and a table of them into the binary (compiler/world/embed.h).
set -eu
echo '	.section .rodata'
n=0
for f; do
	printf '.Lname%d:	.asciz "%s"\n.Ldata%d:	.incbin "%s"\n.Lend%d:	.byte 0\n' $n "$f" $n "$f" $n
	n=$((n + 1))
done
printf '	.section .data.rel.ro, "aw"\n	.balign 8\n	.globl embedded_files\n	.type embedded_files, @object\nembedded_files:\n'
i=0
while [ $i -lt $n ]; do
	printf '	.quad .Lname%d, .Ldata%d, .Lend%d - .Ldata%d\n' $i $i $i $i
	i=$((i + 1))
done
printf '	.quad 0, 0, 0\n	.size embedded_files, . - embedded_files\n	.section .note.GNU-stack, "", @progbits\n'
