"""What organisations formally hold, by mandate, beside the votes; and who signs with them."""
