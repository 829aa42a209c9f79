# Manual pages and reference are what the option table says:
# tools/docs writes them anew.

../../tools/docs --check "$JOURNEY"
