# Made by `oms completion bash`; do not edit.
# shellcheck shell=bash disable=SC2207
_oms() {
	local word=${COMP_WORDS[COMP_CWORD]} verb='' sub='' words='' w
	for w in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $w in
		-*) ;;
		*) if [ -z "$verb" ]; then verb=$w; elif [ -z "$sub" ]; then sub=$w; fi ;;
		esac
	done
	if [ -z "$verb" ]; then
		words='init run status feeds reconcile windows schedule stop start order file dead out acks freight payments alert partner stock alloc trace audit check fsck backup restore recover rebuild config key edi explain completion version'
	elif [ -z "$sub" ]; then case $verb in
	order) words='show history find hold release' ;;
	file) words='list show' ;;
	dead) words='list show diff edit retry hold release close reopen assign note' ;;
	out) words='list show resend adopt' ;;
	acks) words='show close renew' ;;
	freight) words='show settle' ;;
	alert) words='list show test' ;;
	partner) words='list new reset keyscan rotate' ;;
	stock) words='show adjust' ;;
	alloc) words='explain' ;;
	audit) words='list export report verify' ;;
	config) words='lint show doc' ;;
	key) words='new rotate list' ;;
	edi) words='check show lint' ;;
	esac; fi
	if [ "${word:0:1}" = - ]; then
	words=' --home --json --quiet --verbose --now --version --help'
	case "$verb $sub" in
	'init '*) words="$words --example --example-edi --no-key" ;;
	'run '*) words="$words --dry-run --window --due --until --max-duration --wait --fail-on-empty" ;;
	'status '*) words="$words --prometheus" ;;
	'feeds '*) words="$words --partner" ;;
	'reconcile '*) words="$words --night --file" ;;
	'windows '*) words="$words --job --limit" ;;
	'schedule '*) words="$words --systemd --cron" ;;
	'stop '*) words="$words --partner --reason" ;;
	'start '*) words="$words --partner --force" ;;
	'order show') words="$words --channel" ;;
	'order history') words="$words --channel" ;;
	'order find') words="$words --label --sku --stuck --limit" ;;
	'order hold') words="$words --reason --shipment --channel" ;;
	'order release') words="$words --shipment --channel" ;;
	'file list') words="$words --partner --state --limit" ;;
	'file show') words="$words --raw --all" ;;
	'dead list') words="$words --partner --code --feed --state --older-than --owner --key --all --limit" ;;
	'dead show') words="$words --raw --number" ;;
	'dead diff') words="$words --from --to" ;;
	'dead edit') words="$words --with --note" ;;
	'dead retry') words="$words --partner --code --feed --state --older-than --owner --key --dry-run --no-run" ;;
	'dead hold') words="$words --partner --code --feed --state --older-than --owner --key --reason" ;;
	'dead release') words="$words --partner --code --feed --state --older-than --owner --key" ;;
	'dead close') words="$words --partner --code --feed --state --older-than --owner --key --reason --yes" ;;
	'dead reopen') words="$words --partner --code --feed --state --older-than --owner --key --yes" ;;
	'dead assign') words="$words --partner --code --feed --state --older-than --owner --key --to" ;;
	'dead note') words="$words --partner --code --feed --state --older-than --owner --key --text" ;;
	'out list') words="$words --partner --type --state --limit" ;;
	'out show') words="$words --raw" ;;
	'acks show') words="$words --partner" ;;
	'acks close') words="$words --partner --reason" ;;
	'acks renew') words="$words --partner --reason" ;;
	'acks '*) words="$words --overdue --partner --state --limit" ;;
	'freight show') words="$words --partner" ;;
	'freight settle') words="$words --partner --reason" ;;
	'freight '*) words="$words --partner --state --limit" ;;
	'payments '*) words="$words --unmatched --owed --partner --limit" ;;
	'alert list') words="$words --limit" ;;
	'partner new') words="$words --edi --kind" ;;
	'partner keyscan') words="$words --pin" ;;
	'stock show') words="$words --node" ;;
	'stock adjust') words="$words --set --delta --reason" ;;
	'alloc explain') words="$words --channel" ;;
	'trace '*) words="$words --raw --limit" ;;
	'audit list') words="$words --category --actor --object --since --until --limit" ;;
	'audit export') words="$words --from --to --output" ;;
	'audit report') words="$words --from --to" ;;
	'audit verify') words="$words --anchor" ;;
	'check '*) words="$words --partner --probe-write" ;;
	'fsck '*) words="$words --fast --repair-views --gc --dry-run" ;;
	'backup '*) words="$words --key --keep --list --verify" ;;
	'restore '*) words="$words --to --key --yes" ;;
	'recover '*) words="$words --accept" ;;
	'rebuild '*) words="$words --verify --yes --discard --to --base" ;;
	'key new') words="$words --print" ;;
	'edi check') words="$words --lenient --partner --ack" ;;
	'edi show') words="$words --set --short --lenient --partner" ;;
	'explain '*) words="$words --all" ;;
	esac; fi
	COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _oms oms
