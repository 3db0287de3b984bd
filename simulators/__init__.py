"""The other side of the wire: meters, concentrators, a village, an SMS centre and the people in it."""
