#!/usr/bin/env bash
# Kills verifications at random moments (SIGKILL), cleans up after each from its journal,
# and compares the twin's state with what it was before: kill.sh BINARY [ROUNDS] [SEED].
# Everything stays on this machine; each round is bounded.
set -euo pipefail

binary=$(realpath "${1:?usage: kill.sh BINARY [ROUNDS] [SEED]}")
rounds=${2:-100}
RANDOM=${3:-$(date +%s)}
work=$(mktemp -d)
server=
finish() {
	[[ -z $server ]] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
	rm -rf "$work"
}
trap finish EXIT

cd "$work"
: >serve.out
"$binary" serve --addr 127.0.0.1:0 >serve.out 2>serve.err &
server=$!
url=
for _ in {1..100}; do
	url=$(sed -n 's/^listening on //p' serve.out)
	[[ -n $url ]] && break
	sleep 0.1
done
[[ -n $url ]] || { echo 'kill: the twin did not start' >&2; exit 2; }

# One client and one key that name the same sandbox, so that all checks share its state.
export KILL_SECRET=anything KILL_KEY=shared
cat >target.yaml <<YAML
ripple:
  url: $url/m/ripple
  token_url: $url/ripple/access_token
  client: {id: shared, secret: '\${KILL_SECRET}'}
cloudhealth:
  url: $url
  key: \${KILL_KEY}
YAML

state() { curl -sf "$url/__admin/state?api_key=$KILL_KEY" | sed 's/"sequences":{[^}]*},//'; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

before=$(state)
started=$(milliseconds)
timeout 120 "$binary" verify --target target.yaml --allow-writes --seed 1 >whole.out || { cat whole.out; echo 'kill: the run that nobody kills fails' >&2; exit 1; }
whole=$(($(milliseconds) - started))
[[ $(state) == "$before" ]] || { echo 'kill: the run that nobody kills leaves something' >&2; exit 1; }

clean=0 killed=0 dirty=0 failed=0
for ((i = 1; i <= rounds; i++)); do
	journal=round-$i.journal
	"$binary" verify --target target.yaml --allow-writes --seed $((i + 1)) --journal "$journal" >round.out 2>&1 &
	run=$!
	pause=$((RANDOM % whole))
	sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
	kill -KILL "$run" 2>/dev/null && killed=$((killed + 1))
	wait "$run" 2>/dev/null || true
	if [[ -e $journal ]]; then
		[[ $(state) == "$before" ]] || dirty=$((dirty + 1))
		timeout 120 "$binary" cleanup --journal "$journal" --by-value >cleanup.out 2>&1 || {
			failed=$((failed + 1))
			echo "round $i, killed after $pause ms:"
			cat cleanup.out
		}
	fi
	if [[ $(state) == "$before" ]]; then
		clean=$((clean + 1))
	else
		echo "round $i, killed after $pause ms: the state is not what it was"
		diff <(tr ',' '\n' <<<"$before") <(state | tr ',' '\n') | head -20
		curl -sf -X POST "$url/__admin/reset?api_key=$KILL_KEY" >/dev/null
	fi
done
echo "$clean of $rounds rounds leave the state as it was; $killed were killed within ${whole} ms, $dirty of them left something to take back"
[[ $clean -eq $rounds && $failed -eq 0 ]]
