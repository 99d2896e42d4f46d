"""One colour and one marker for each class, the same in every figure.

Seven of the eight colours of Okabe & Ito (2008), which stay apart for colour-blind readers; yellow
is left out, which is lost on white paper. The markers tell the classes apart in a grey print.
"""

COLOURS = {
    "non_variable": "#000000",
    "rr_lyrae": "#E69F00",
    "cepheid": "#0072B2",
    "eclipsing_binary": "#56B4E9",
    "supernova": "#D55E00",
    "asteroid": "#CC79A7",
    "galaxy": "#009E73",
}

MARKERS = {
    "non_variable": "o",
    "rr_lyrae": "s",
    "cepheid": "D",
    "eclipsing_binary": "v",
    "supernova": "*",
    "asteroid": "P",
    "galaxy": "X",
}
"""As matplotlib takes them."""
