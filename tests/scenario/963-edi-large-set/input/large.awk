# large.awk - an 850 of 200,000 lines, and a small one behind it.
BEGIN {
	print "ISA*00*          *00*          *ZZ*LARKSPUR       *ZZ*NORTHFIELD     *260316*0930*U*00401*000004963*0*P*>~"
	print "GS*PO*LARKSPUR*NORTHFIELD*20260316*0930*4963*X*004010~"
	print "ST*850*0001~\nBEG*00*SA*LK-4963-1**20260302~"
	for (i = 1; i <= 50000; i++) {
		print "PO1*" i "*1*EA*18.5*PE*VN*SKU-0001~"
		print "PID*F****CAST IRON SKILLET 26 CM~"
		print "PID*F****MIDNIGHT BLUE~"
		print "REF*LI*" i "~"
	}
	print "CTT*50000~\nSE*200004*0001~"
	print "ST*850*0002~\nBEG*00*SA*LK-4963-2**20260302~"
	print "N1*ST*LARKSPUR 0412*92*0412~\nN3*1840 ORCHARD MILL ROAD~"
	print "N4*FAIRHOLLOW*OH*43999*US~"
	print "PO1*1*2*EA*18.5*PE*VN*SKU-0001~\nCTT*1~\nSE*8*0002~"
	print "GE*2*4963~\nIEA*1*000004963~"
}
