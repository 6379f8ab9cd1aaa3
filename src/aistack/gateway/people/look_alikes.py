"""Letters that look like a Latin one, after the skeletons of Unicode Technical Standard 39 (confusables).

Only letters that are hard to tell apart in common fonts, after case folding and compatibility normalization.
"""

_LOOKS_LIKE = {
    "a": "аαɑａ",
    "b": "ЬьƄʙв",
    "c": "сϲᴄⲥ",
    "d": "ԁɗժ",
    "e": "еҽєэɛ",
    "f": "ƒք",
    "g": "ɡցɢ",
    "h": "һհнʜ",
    "i": "іιıɩ⍳",
    "j": "јϳյ",
    "k": "кκĸⲕ",
    "l": "1|ⅼǀӏוןا",
    "m": "мⅿᴍ",
    "n": "пոռη",
    "o": "0оοօσסهㅇ〇",
    "p": "рρⲣ",
    "q": "ԛգզ",
    "r": "гᴦⲅ",
    "s": "ѕꜱƽ",
    "t": "тτᴛ",
    "u": "υսᴜц",
    "v": "ѵνᴠ",
    "w": "ԝѡωա",
    "x": "хχⲭ",
    "y": "уүγʏ",
    "z": "ᴢʐ",
    "-": "‐‑‒–—−_",
    "'": "’‘ʼ`´",
}
TO_LATIN = str.maketrans({other: letter for letter, others in _LOOKS_LIKE.items() for other in others})
