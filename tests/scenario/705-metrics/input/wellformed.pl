# Every sample stands below the HELP and TYPE of its name, and is one sample.
my $name = '';
my (%seen, %sample);
while (<>) {
	if (/^# HELP ([a-z_]+) \S/) { $name = $1; die "$name again" if $seen{$name}++; next }
	if (/^# TYPE $name gauge$/) { next }
	/^$name(\{[a-z]+="([^"\\\n]|\\["\\n])*"(,[a-z]+="([^"\\\n]|\\["\\n])*")*\})? -?[0-9]+(\.[0-9]+)?$/ or die "line $.: $_";
	die "twice: $_" if $sample{(split / [-0-9]/)[0]}++;
}
print "well formed\n";
