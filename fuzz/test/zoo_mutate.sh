#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# zoo_mutate.sh ROOT - what harness/zoo/mutate.py refuses, and that the copy that it makes does what
# was asked.
python=python3 mutate=$1/harness/zoo/mutate.py cc=${CC:-cc} zoo_h=$1/harness/zoo/zoo.h passed=0 \
	failed=0
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

cat >"$folder/sum.c" <<'C'
int sum(int a, int b);
int other(int a);

int other(int a)
{
	return a + 1;
}

int sum(int a, int b)
{
	int c = other(a) +
		other(b);

	if (c > 100)
		c = 100;
	return c + 0 * __LINE__;
}
C

# The same file under another name: another copy.
sed 's/int \([a-z]*\)(/int lab_\1(/; s/other(\([ab]\)) */lab_other(\1)/' "$folder/sum.c" \
	>"$folder/lab_sum.c"

# DEFECT ...: the rest of each table, without its name; runs mutate.py on them
make()
{
	nr=0
	: >"$folder/defects.toml"
	for body; do
		nr=$((nr + 1))
		printf '[[defect]]\nname = "d%s"\nsays = "."\n%b\n' "$nr" "$body" \
			>>"$folder/defects.toml"
	done
	told=$($python "$mutate" "$folder" "$folder/defects.toml" "$folder" "$folder/sum.c" \
		"$folder/lab_sum.c" 2>&1)
}

# WORDS DEFECT ...: has to be refused with these words, in one line
refused()
{
	words=$1
	shift
	make "$@"
	status=$?
	if [ $status -eq 1 ] && [ "$(printf '%s\n' "$told" | wc -l)" -eq 1 ] &&
		printf '%s' "$told" | grep -qF -- "$words"; then
		passed=$((passed + 1))
	else
		echo "wanted a refusal with '$words'; status $status: $told"
		failed=$((failed + 1))
	fi
}

here='file = "sum.c"\nin = "sum"'
refused 'd1: sum.c, sum() has its text 0 times' "$here"'\nold = "c > 101"\nnew = "1"'
refused 'd1: sum.c, sum() has its text 0 times' "$here"'\nold = "a + 1"\nnew = "1"'
refused 'd1: sum.c, sum() has its text 2 times' "$here"'\nold = "other("\nnew = "1"'
refused 'd1: sum.c has 0 functions none()' 'file = "sum.c"\nin = "none"\nold = "c"\nnew = "1"'
refused 'd1: no file none.c' 'file = "none.c"\nin = "sum"\nold = "c"\nnew = "1"'
refused 'd1: no file core/sum.c' 'file = "core/sum.c"\nin = "sum"\nold = "c"\nnew = "1"'
refused 'd1: lab_sum.c, lab_sum() has its text 0 times' \
	'file = "lab_sum.c"\nin = "lab_sum"\nold = "c > 101"\nnew = "1"'
refused 'd1: unknown key becomes' "$here"'\nold = "c > 100"\nbecomes = "1"'
refused 'd1: no new' "$here"'\nold = "c > 100"'
refused 'places that overlap in part' "$here"'\nold = "other(a) +\\n\\t\\tother(b)"\nnew = "1"' \
	"$here"'\nold = "c = other(a) +"\nnew = "1"'
refused 'd1: named twice' "$here"'\nold = "c > 100"\nnew = "1"\n[[defect]]\nname = "d1"\nsays = "."'
refused 'defects.toml: ' 'old = '

# Choices 0 to 6, asked for sum(2, 3), and for a large sum: one place twice, one within another, a
# statement.
make "$here"'\nold = "other(a) +\\n\\t\\tother(b)"\nnew = "10"' \
	"$here"'\nold = "other(a)"\nnew = "other(a + 1)"' \
	"$here"'\nold = "other(a)"\nnew = "0"' \
	"$here"'\nold = "c = 100;"\nnew = "c = 7; c++;"' \
	'file = "sum.c"\nin = "other"\nold = "a + 1"\nnew = "a, 50"' \
	'file = "lab_sum.c"\nin = "lab_other"\nold = "a + 1"\nnew = "a"'
cat >"$folder/main.c" <<'C'
#include "harness/zoo/zoo.h"
#include <stdio.h>
int sum(int a, int b);
int lab_sum(int a, int b);
int main(void)
{
	for (zoo_chosen = 0; zoo_chosen < 7; zoo_chosen++) {
		*zoo_reached = false;
		printf("%d,", sum(2, 3));
		printf("%d,", *zoo_reached);
		printf("%d,%d ", sum(99, 1), lab_sum(2, 3));
	}
	printf("%s %s %zu\n", zoo_defects[0].name, zoo_defects[4].says, zoo_nr_defects);
	return 0;
}
C
mkdir -p "$folder/harness/zoo"
cp "$zoo_h" "$folder/harness/zoo/zoo.h"
said=$(cd "$folder" && $cc -I. -o main -Wno-unused-value main.c zoo_sum.c zoo_lab_sum.c \
	zoo_table.c 2>&1 &&
	./main)
# The second number: reached by sum(2, 3)?
wanted='7,0,100,7 10,1,10,7 8,1,100,7 4,1,2,7 7,0,8,7 100,1,100,7 7,0,100,5 d1 . 6'
lines=$(sed -n "/__LINE__/=" "$folder/zoo_sum.c")
if [ "$said" = "$wanted" ] && [ "$((lines - 2))" = "$(sed -n '/__LINE__/=' "$folder/sum.c")" ]; then
	passed=$((passed + 1))
else
	echo "the mutated file: wanted '$wanted', got '$said'; __LINE__ in line $lines"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
