# Writes OUT: a C header with `static const char NAME[]` holding the text file IN.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUT} "/* Made from a text file at build time. */\nstatic const char ${NAME}[] = {\n    ${bytes} 0};\n")
