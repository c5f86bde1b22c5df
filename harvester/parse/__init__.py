"""Bytes in, Records out. Pure: nothing here opens a file or a socket."""
