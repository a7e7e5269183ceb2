"""What keeps decisions impartial (ISO/IEC 17024:2012, 4.3): declared conflicts of interest, and cases that were looked at."""
