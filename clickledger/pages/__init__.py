"""HTML pages that need nothing but themselves: no server, no script, no file beside them."""
