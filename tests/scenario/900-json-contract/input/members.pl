# members.pl - every member of JSON lines and the types it takes, one a line
use strict;
use warnings;
use JSON::PP;

my (%types, %lacks);

sub look {
	my ($path, $value) = @_;
	if (ref $value eq 'HASH') {
		look("$path.$_", $value->{$_}) for keys %$value;
	} elsif (ref $value eq 'ARRAY') {
		$types{"$path\[]"}{'(empty)'} = 1 if !@$value;
		look("$path\[]", $_) for @$value;
	} else {
		my $text = JSON::PP->new->allow_nonref->encode($value);
		my $type = $text eq 'null' ? 'null'
		    : $text =~ /^"/ ? 'text' : 'number';
		$types{$path}{$type} = 1;
	}
}

while (<>) {
	my $line = decode_json($_); # dies of what is not one object
	look($line->{kind}, $line);
	my @all = $line->{kind} =~ /^(?:code|event|explain|key|stock|version)$/
	    ? qw(v kind) : qw(v kind id state code);
	$lacks{"$line->{kind} has no $_"} = 1
	    for grep { !exists $line->{$_} } @all;
}
print "$_: ", join(' or ', sort keys %{$types{$_}}), "\n" for sort keys %types;
print "$_
" for sort keys %lacks;
