#!/usr/bin/env bash
# The image of a release, as an OCI archive that podman and docker load: `make image`, as root on Debian.
#
#   deploy/hosting/containers/image.sh preau-0.2.0.tar.gz FOLDER          the services, nginx, PostgreSQL's client
#   deploy/hosting/containers/image.sh preau-0.2.0.tar.gz FOLDER engines  RabbitMQ as well, for a trial in one container
#
# Two layers: Debian without apt, pip and compiler, and the release with its packages. The same archive
# and the same Debian packages make the same digest. MIRROR names where these come from, if not from Debian.
set -euo pipefail

archive=$(realpath "$1") into=$(realpath -m "$2") engines=${3-}
name=$(basename "$archive" .tar.gz)
version=${name#preau-}
tag=$version${engines:+-$engines}
packages=python3,ca-certificates,tzdata,nginx-light,postgresql-client
[ -z "$engines" ] || packages+=,rabbitmq-server
suite=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail 'Only root makes a tree of Debian whose files are of several users.'
for program in mmdebstrap buildah; do
    command -v "$program" >/dev/null || fail "Missing: $program. As root, apt-get install mmdebstrap buildah"
done

scratch=$(mktemp -d)
tree=$scratch/tree opt=opt/$name
export XDG_RUNTIME_DIR=$scratch TMPDIR=$scratch LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH
in_store() { buildah --root "$scratch/store" --runroot "$scratch/run" "$@"; }
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$tree" "$into"

tar --extract --no-same-owner --file "$archive" --directory "$scratch"
SOURCE_DATE_EPOCH=$(stat --format %Y "$scratch/$name/COMMIT")
commit=$(cut -d, -f1 "$scratch/$name/COMMIT")

mmdebstrap --quiet --variant=essential --dpkgopt=force-unsafe-io --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "$suite" "$tree" ${MIRROR:+"$MIRROR"}
useradd --root "$tree" --system --uid 641 --user-group --home-dir /var/lib/preau --shell /bin/bash preau
install -d -o 641 -g 641 -m 711 "$tree/var/lib/preau"

# pip stays outside: it fills the folder of the image's own Python, which has to be of its version.
mv "$scratch/$name" "$tree/$opt"
python=$(chroot "$tree" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$python" ] ||
    fail "This machine's Python is not the image's, $python: make it on Debian $suite."
chroot "$tree" python3 -m venv --without-pip "/$opt/.venv"
/usr/bin/python3 -m venv "$scratch/pip"
"$scratch/pip/bin/pip" install --quiet --no-input --no-compile --disable-pip-version-check --only-binary :all: \
    --require-hashes --target "$tree/$opt/.venv/lib/python$python/site-packages" -r "$tree/$opt/deploy/releases/requirements/run.lock"
rm -rf "$tree/$opt/.venv/lib/python$python/site-packages/bin" # begins with the path of pip's own Python
sed -i '/^\.\.\/\.\.\/bin\//d' "$tree/$opt/.venv/lib/python$python"/site-packages/*.dist-info/RECORD
chroot "$tree" bash "/$opt/deploy/bootstrap.sh" command
# One process compiles: what is written once depends on what the same process met before.
PYTHONHASHSEED=0 chroot "$tree" python3 -m compileall -qq -j 1 --invalidation-mode unchecked-hash "/$opt/.venv/lib" \
    "/$opt/deploy" "/$opt/services" "/$opt/shared" || true # as pip does, leave what this Python cannot read

# What differs from one making to the next, or names where this one's packages came from.
rm -rf "$tree"/{dev,proc,sys,run,tmp,var/tmp,var/cache,var/log}/* "$tree"/var/lib/apt "$tree"/etc/apt "$tree"/etc/dpkg/dpkg.cfg.d \
    "$tree"/etc/{resolv.conf,hostname,machine-id,passwd-,group-,shadow-,gshadow-,subuid-,subgid-} \
    "$tree"/var/lib/dpkg/{*-old,lock*,triggers/Lock}
find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0 touch --no-dereference --date "@$SOURCE_DATE_EPOCH"
layer() { tar --create --sort name --numeric-owner --format gnu --directory "$tree" --file "$@"; }
layer "$scratch/debian.tar" --exclude ./opt .
layer "$scratch/release.tar" "./$opt"

container=$(in_store from scratch)
in_store add --quiet "$container" "$scratch/debian.tar" / >/dev/null
in_store commit --quiet --rm --timestamp "$SOURCE_DATE_EPOCH" "$container" preau:debian >/dev/null
container=$(in_store from preau:debian)
in_store add --quiet "$container" "$scratch/release.tar" / >/dev/null
in_store config --user preau --workingdir "/$opt" --entrypoint '["preau"]' --cmd status \
    --env PREAU_HOME=/var/lib/preau --env PREAU_IN_IMAGE=yes --env LANG=C.UTF-8 \
    --env "PATH=/$opt/.venv/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    --label org.opencontainers.image.title=Préau --label "org.opencontainers.image.version=$version" \
    --label "org.opencontainers.image.revision=$commit" --label org.opencontainers.image.licenses=AGPL-3.0-or-later \
    "$container"
in_store commit --quiet --rm --timestamp "$SOURCE_DATE_EPOCH" "$container" "preau:$tag" >/dev/null
rm -f "$into/preau-$tag.oci.tar"
in_store push --quiet --digestfile "$scratch/digest" "preau:$tag" "oci-archive:$into/preau-$tag.oci.tar:localhost/preau:$tag"
chroot "$tree" dpkg-query --show >"$into/preau-$tag.packages.txt"
printf '%s  localhost/preau:%s\n' "$(cat "$scratch/digest")" "$tag" | tee "$into/preau-$tag.oci.digest"
