#!/bin/sh
# Runs Wisp from an unpacked bundle: finds the Vulkan driver, adds the libraries that this machine lacks, and calls the
# command line or the benchmark. README.txt lists the commands.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
  echo "run.sh: this bundle is for Linux x86_64, not $(uname -s) $(uname -m)" >&2
  exit 1
fi

ldconfig=$(command -v ldconfig || echo /sbin/ldconfig)
known=$("$ldconfig" -p 2>/dev/null)

# Whether the dynamic linker knows a library by name.
has() {
  case "$known" in *"$1 (libc6,x86-64"*) return 0 ;; esac
  oldifs=$IFS; IFS=:
  for folder in ${LD_LIBRARY_PATH:-}; do
    if [ -n "$folder" ] && [ -e "$folder/$1" ]; then IFS=$oldifs; return 0; fi
  done
  IFS=$oldifs
  return 1
}

# NVIDIA's driver without its manifest, as in containers: name it ourselves, next to the manifests there are.
manifests=''
nvidia=''
for folder in /etc/vulkan/icd.d /usr/local/etc/vulkan/icd.d /usr/local/share/vulkan/icd.d /usr/share/vulkan/icd.d \
  "${HOME:-/nonexistent}/.local/share/vulkan/icd.d"; do
  for file in "$folder"/*.json; do
    [ -e "$file" ] || continue
    manifests="${manifests:+$manifests:}$file"
    case "$(cat "$file" 2>/dev/null)" in *_nvidia.so*) nvidia=$file ;; esac
  done
done
if [ -z "$nvidia" ] && [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]; then
  if [ -z "${DISPLAY:-}" ] && has libEGL_nvidia.so.0; then nvidia=$here/drivers/nvidia_egl.json
  elif has libGLX_nvidia.so.0; then nvidia=$here/drivers/nvidia_glx.json
  elif has libEGL_nvidia.so.0; then nvidia=$here/drivers/nvidia_egl.json
  fi
  if [ -n "$nvidia" ]; then
    manifests="${manifests:+$manifests:}$nvidia"
    VK_DRIVER_FILES=$manifests
    VK_ICD_FILENAMES=$manifests # the name that older loaders read
    export VK_DRIVER_FILES VK_ICD_FILENAMES
  fi
fi

# Libraries of our own, for what is missing only; a loader without any driver would only complain.
added=''
for folder in "$here"/lib/*; do
  [ -d "$folder" ] || continue
  name=${folder##*/}
  [ "$name" != libvulkan.so.1 ] || [ -n "$manifests${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || continue
  if ! has "$name"; then
    LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder"
    added="$added $name"
  fi
done
[ -z "$added" ] || export LD_LIBRARY_PATH

check() {
  echo "libraries added:   ${added:- none}"
  echo "Vulkan manifests:   ${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-${manifests:-none}}}"
  for node in /dev/nvidia0 /dev/dri/renderD128; do
    if [ ! -e "$node" ]; then echo "$node: not there"
    elif [ -r "$node" ] && [ -w "$node" ]; then echo "$node: usable"
    else echo "$node: not readable and writable by $(id -un 2>/dev/null || id -u): join its group"
    fi
  done
  if [ -e /dev/nvidia0 ] && ! has libGLX_nvidia.so.0 && ! has libEGL_nvidia.so.0; then
    echo "NVIDIA's kernel driver is there, its Vulkan driver is not: install the graphics part (libnvidia-gl),"
    echo "or in a container set NVIDIA_DRIVER_CAPABILITIES=all"
  fi
}

command=${1:-}
case "$command" in
  check)
    check
    ;;
  bench)
    shift
    exec "$here/bin/node" "$here/dist/bench/main.js" "$@"
    ;;
  devices)
    "$here/bin/node" "$here/dist/src/cli/main.js" "$@"
    status=$?
    [ "$status" = 0 ] || check >&2
    exit "$status"
    ;;
  *)
    exec "$here/bin/node" "$here/dist/src/cli/main.js" "$@"
    ;;
esac
