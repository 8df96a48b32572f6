"""The little language that built organisms speak: words, phrases, kinds of chat, grammars, their tokenizer and card."""
