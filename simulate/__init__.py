"""What the sky sends and the camera records: light curves, hosts, rendering, noise → movies."""
