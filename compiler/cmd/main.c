/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: from argv to one command. */
#include <stdio.h>

int main(int argc, char **argv)
{
	(void)argv;
	(void)fputs("howdah: no command; see howdah --help\n", stderr);
	return argc > 0 ? 2 : 70;
}
