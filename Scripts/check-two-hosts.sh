#!/usr/bin/env bash
# Runs a program under mpirun on two hosts that are network namespaces of this machine, with two
# addresses and a virtual cable between them. Needs root and Debian's iproute2.
#
#   Scripts/check-two-hosts.sh PROGRAM ARGUMENT…
set -euo pipefail

if [ "$(id -u)" -ne 0 ] || ! command -v ip >/dev/null 2>&1 || ! ip netns add fledge-a 2>/dev/null; then
  echo "check-two-hosts: SKIPPED: it needs root and 'ip netns' (Debian: iproute2)"
  exit 0
fi
scratch=$(mktemp -d)
trap 'ip netns del fledge-a; ip netns del fledge-b 2>/dev/null || true; rm -rf "$scratch"' EXIT
ip netns add fledge-b
ip link add fledge-va netns fledge-a type veth peer name fledge-vb netns fledge-b
for host in a b; do
  [ $host = a ] && address=10.77.0.1/24 || address=10.77.0.2/24
  ip -n fledge-$host addr add $address dev fledge-v$host
  ip -n fledge-$host link set lo up
  ip -n fledge-$host link set fledge-v$host up
done

# In place of ssh: the same command in the namespace that has this address.
cat > "$scratch/agent" <<'END'
#!/usr/bin/env bash
case $1 in
  10.77.0.1) host=a ;;
  10.77.0.2) host=b ;;
  *) echo "agent: there is no host $1" >&2; exit 1 ;;
esac
shift
exec ip netns exec fledge-$host bash -c "$*"
END
chmod +x "$scratch/agent"

# Messages between hosts must go through the cable: no shared memory.
timeout 300 ip netns exec fledge-a mpirun --allow-run-as-root --oversubscribe \
  --mca plm_rsh_agent "$scratch/agent" --mca orte_keep_fqdn_hostnames 1 \
  --mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 --mca btl tcp,self \
  --mca mpi_yield_when_idle 1 --host 10.77.0.1:2,10.77.0.2:2 -n 4 "$@" > "$scratch/output" 2>&1 || {
  cat "$scratch/output" >&2
  exit 1
}
bytes=$(ip netns exec fledge-a cat /sys/class/net/fledge-va/statistics/tx_bytes)
echo "check-two-hosts: $(tail -n 1 "$scratch/output"); $((bytes / 1000)) kB went through the cable"
# Four ranks that train send megabytes; a start alone does not.
[ "$bytes" -gt 1000000 ] || { echo "check-two-hosts: the hosts hardly spoke to each other" >&2; exit 1; }
