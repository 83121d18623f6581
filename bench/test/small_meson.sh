#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# small_meson.sh setup [--reconfigure] FOLDER SOURCE [OPTION ...] - stands in for meson in trees of
# tests, where bench/meson.build is one executable() of C sources: the same build.ninja without the
# second and a half in which meson looks at the compilers. With any other meson.build, or other
# words, the real one is called.
#
#	mkdir bin && cp small_meson.sh bin/meson		# and bin first in PATH
real() {
	PATH=${PATH#*:}
	exec meson "$@"
}
[ "$1" = setup ] || real "$@"
folder='' source=''
for word; do
	case $word in
	setup | -*) ;;
	*)
		[ -n "$folder" ] || folder=$word
		source=$word
		;;
	esac
done
if [ "$(grep -c . "$source/meson.build")" != 2 ] ||
	! row=$(grep -x "executable('.*" "$source/bench/meson.build"); then
	[ -d "$folder/meson-private" ] || set -- setup "$folder" "$source"
	real "$@"
fi
mkdir -p "$folder/bench" || exit 1
tree=$(realpath --relative-to="$folder" "$source")
{
	cat <<END
rule cc
  command = gcc -O1 -g -Wall -MD -MF \$out.d -c \$in -o \$out
  depfile = \$out.d
  deps = gcc
rule link
  command = gcc -o \$out \$in
rule again
  command = meson setup --reconfigure $folder $source
  generator = 1
build build.ninja: again $tree/meson.build $tree/bench/meson.build
END
	echo "$row" | tr -cs "a-zA-Z0-9_./'-" '\n' | sed -n "s/^'\(.*\)'\$/\1/p" | {
		read -r program
		objects=
		while read -r name; do
			case $name in *.c) ;; *) continue ;; esac
			echo "build bench/$name.o: cc $tree/bench/$name"
			objects="$objects bench/$name.o"
		done
		echo "build bench/$program: link$objects"
	}
} >"$folder/build.ninja"
