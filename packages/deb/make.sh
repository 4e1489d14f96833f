#!/bin/sh
# The Debian package FILE, out of what `make install` installs. Its dependencies are the packages of the libraries that the programs are linked
# with, as dpkg-shlibdeps finds them. Called by `make deb`, which gives BUILD, VERSION and MAKE.
set -eu
file=$1
stage=$BUILD/deb
rm -rf "$stage"
mkdir -p "$stage/debian" "$stage/root/DEBIAN"
$MAKE -s --no-print-directory install BUILD="$BUILD" DESTDIR="$(pwd)/$stage/root" PREFIX=/usr
printf 'Source: spom\n\nPackage: spom\nArchitecture: any\n' >"$stage/debian/control"
depends=$(cd "$stage" && dpkg-shlibdeps -O root/usr/sbin/* root/usr/lib/*/security/*.so 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
sed -e "s|@version@|$VERSION|" -e "s|@architecture@|$(dpkg --print-architecture)|" -e "s|@depends@|$depends|" \
	packages/deb/control.in >"$stage/root/DEBIAN/control"
install -m 755 packages/deb/postinst packages/deb/prerm "$stage/root/DEBIAN"
install -m 644 packages/deb/conffiles "$stage/root/DEBIAN"
strip --strip-unneeded "$stage"/root/usr/sbin/* "$stage"/root/usr/lib/*/security/*.so
gzip -9n "$stage"/root/usr/share/man/man*/*
dpkg-deb --root-owner-group -Zxz --build "$stage/root" "$file" >/dev/null
echo "  DEB   $file"
