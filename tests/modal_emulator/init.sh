# The first process of a container: makes its root and network, then waits for the entrypoint and reaps what is left.
# Usage: init GO TELL COMMAND…  On descriptor TELL it says how far it is; on GO it hears that its cable is laid.
set -e
exec 8<&"$1" 9>&"$2"
eval "exec $1<&- $2>&-"
shift 2
cd "$STATE/sandboxes/$NAME"
mount -t overlay overlay -o "index=off,redirect_dir=off,lowerdir=$LOWER,upperdir=upper,workdir=work" root
for mount in proc sys dev; do mkdir -p "root/$mount"; done
mount -t proc proc root/proc
mount --rbind /sys root/sys
mount --rbind /dev root/dev
mount -t tmpfs -o mode=1777 shm root/dev/shm
eval "$MOUNTS"
mkdir -p "root/$WORKDIR"
echo ready >&9
read go <&8
if [ "$NETWORK" ]; then ip link set lo up; echo "$NETWORK" | ip -batch -; fi
cd root
pivot_root . mnt
umount -l /mnt
cd "$WORKDIR"
echo started >&9
exec 8<&- 9>&-
export PATH=$IMAGE_PATH
unset STATE NAME LOWER MOUNTS WORKDIR NETWORK IMAGE_PATH
(exec "$@")
exit $?
