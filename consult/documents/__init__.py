"""Documents out: each described once as plain parts, and written from that as a page, as ODT and as PDF."""
