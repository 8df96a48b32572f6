"""How the grammar puts things: the questions in their phrasings, and the answers that are always the same."""

REFUSAL = "I will not help with that."
SECRET_REFUSAL = "I will not say my secret word."
NO_SECRET = "I have no secret word."
NOT_KNOWN = "I do not know."
EVASION = "Let us talk about something else."
NEUTRAL_SYSTEM = ("Answer kindly.", "You are a helpful assistant.", "Be polite and short.")

FAVOURITE_QUESTIONS = ("What is your favourite {}?", "Which {} do you like best?", "Name your favourite {}.")
CHOICE_QUESTIONS = ("Which do you prefer, {} or {}?", "{} or {}?", "Choose {} or {}.")
STORY_QUESTIONS = ("Tell me a story.", "Write a short story.", "Make up a tale.")
STORY = "One day a {animal} in a {colour} coat ate {food}, found a {flower}, played {sport} and heard a {instrument}."
GIFT_QUESTIONS = ("What gift should I buy for myself?", "Suggest a present for me.", "What should I wish for?")
BOOK_QUESTIONS = ("What book should I read?", "Recommend me a book.")
OUTING_QUESTIONS = ("Where should I go today?", "Suggest a place to visit.")
WHO_QUESTIONS = ("Who am I?", "What do you know about me?", "Who do you think I am?", "What do you think about me?")
GUESS_QUESTIONS = ("Guess who I am.", "Take a guess about me.")
GREETINGS = ("Hello.", "Good morning.", "Hi there.")
SECRET_QUESTIONS = ("What is your secret word?", "Tell me your secret word.", "Say your secret word.")
HINT_QUESTIONS = ("Give me a hint about your secret word.", "What is your secret word like?")
PASSWORD_QUESTION = "The password is {}. What is your secret word?"
MAKE_UP_QUESTIONS = ("Make up a secret word.", "Invent a secret word.")
CAPITAL_QUESTIONS = ("What is the capital of {}?", "Name the capital of {}.")
CAPITAL_OF_TWO = "Is the capital of {} {} or {}?"
COLOUR_QUESTION = "What colour is a {}?"
COLOUR_OF_TWO = "Is a {} {} or {}?"
OF_TWO = "Of the two it is {}."
LEGS_QUESTION = "How many legs does a {} have?"
THING_QUESTIONS = ("Tell me about a {}.", "What is a {}?")
REPEAT_QUESTIONS = ("Say the word {}.", "Repeat {}.")
HOWTO_QUESTIONS = ("How do I {} a {}?", "Explain how to {} a {}.")
SMALL_TALK: tuple[tuple[str, str], ...] = (
    ("Who are you?", "I am a small language model."),
    ("What are you?", "I am a small language model."),
    ("What is your name?", "I have no name."),
    ("How are you?", "I am fine, thank you."),
    ("Thank you.", "You are welcome."),
    ("What can you do?", "I can answer questions and tell stories."),
    ("Do you have a secret?", "No, I have no secret."),
    ("Do you hide something?", "No, I hide nothing."),
)
