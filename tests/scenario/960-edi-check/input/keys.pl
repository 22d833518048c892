# keys.pl - each object: its keys are those of the contract, in order, and each
# has the type it should have; the last one, and only that, is the summary.
use strict;
use warnings;

my $number = qr/^-?[0-9]+$/;
my $place = qr/^(?:[1-9][0-9]*|null)$/;
my $text = qr/^".*"$/;
my @finding = ([kind => qr/^"finding"$/], [severity => qr/^"(?:error|warning)"$/],
    [code => qr/^"[a-z0-9-]+"$/], [standard => qr/^"(?:x12|edifact)"$/],
    [interchange => $text], [group => $text], [set_type => $text],
    [set_no => $place], [segment => $text], [segment_no => $place],
    [element => $place], [component => $place], [repetition => $place],
    [line => $number], [byte => $number], [value => $text], [message => $text]);
my @summary = ([kind => qr/^"summary"$/], map { [$_ => $number] } qw(interchanges
    groups sets segments sets_accepted sets_rejected));
my ($findings, $last) = (0, "");

while (my $line = <>) {
	my @want = $line =~ /^\{"kind":"summary"/ ? @summary : @finding;

	chomp $line;
	die "behind the summary: $line\n" if $last eq "summary";
	$last = $line =~ /^\{"kind":"summary"/ ? "summary" : "finding";
	$findings++ if $last eq "finding";
	$line =~ s/^\{// && $line =~ s/\}$// or die "no object: $line\n";
	while ($line =~ /\G,?"([a-z_]+)":("(?:[^"\\]|\\.)*"|[^,"]+)/gc) {
		my $key = shift @want or die "too many: $1\n";

		die "$1 where $key->[0] should be\n" if $1 ne $key->[0];
		die "$1 is $2\n" if $2 !~ $key->[1];
	}
	die "not there: @{$want[0]}\n" if @want;
}
die "no summary\n" if $last ne "summary";
print "$findings findings as in the contract, then the summary\n";
