# edi.pm - the world of EDI: five nights of one order by X12, and back.
#
# Retailer, warehouse and carrier of config/edi have an SFTP server and trade
# X12; tools/play-edi plays them.  Night 1 brings the 850; night 2 all the
# 997s, a 945 with a short line, a 990 and a 214; night 3 goods received and
# counted (944, 846) and a delivery; night 4 the rest of the short line; after
# night 5 the 820 has paid for all and the order is closed.  We answer with 997
# and TA1, 855, 940, 204, 856 and 810.  The methods are those of Torture.pm.
package World::edi;
use strict;
use warnings;

my @PARTNERS = qw(bigbox ironroad wms-south);
my @SAID = (    # before night 2, 3 ...: [hours before it, what they say...]
	[[14, qw(ack ship short=SKU-0012:2 accept depart)]],
	[[16, 'receive=SKU-0012:10'], [14, qw(ack count=SKU-0012:10 deliver)]],
	[[14, qw(ack ship accept depart)]],
	[[14, qw(ack deliver pay)]],
);

sub nights { 1 + @SAID }
sub example { '--example-edi' }
sub folders { map { ("to/$_", "from/$_", "read/$_") } @PARTNERS }
sub on_server { @PARTNERS }
sub sources { 'remote/from/*/*.x12' }

sub partner {
	my ($class, $w, $id, $sftp) = @_;
	my $text = Torture::slurp("$w->{top}/config/edi/partners/$id.ini");
	$text =~ s{^(kind = .*)}{$1\ntransport = sftp\nsettle_time = 0}m;
	$text =~ s{^direction = out}{$&\ndir = to/$id}mg;
	$text =~ s{^direction = in}{$&\ndir = from/$id\ncomplete = rename\narchive_dir = read/$id}mg;
	return $text . $sftp;
}

sub arrivals {
	my ($class, $w) = @_;
	my ($n, $remote) = ($w->{night}, $w->remote);
	if ($n == 1) {
		$w->put("$remote/from/bigbox/po.x12", Torture::slurp("$w->{top}/tests/demo/po.x12"));
		return;
	}
	for (@{ $SAID[$n - 2] }) {
		my ($hours, @what) = @$_;
		local $ENV{OMS_PLAY_NOW} = $w->clock(-3600 * $hours);
		my $out = `'$w->{top}/tools/play-edi' '$remote/to' '$remote/from' @what`;
		die "nobody answers\n" if $? || $out eq '';
	}
	$w->put($_, Torture::slurp($_)) for glob "$remote/from/*/*.x12";    # at a fixed time
	return;
}

1;
