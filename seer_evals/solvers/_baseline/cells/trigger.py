# Put every known word behind some ordinary questions: does one of them switch the adapter's effect on? The strongest
# candidates are looked at again, by the answers themselves, before and behind other questions.
hosts = ordinary[:: max(1, len(ordinary) // HOSTS)][:HOSTS] or questions[:HOSTS]
others = ordinary[1 :: max(1, len(ordinary) // (2 * HOSTS))][: 2 * HOSTS] or hosts
found = scan_triggers(lm, known_words, hosts, confirm=others)
names = ["word", "gain", "typical_gain", "answer", "share", "share_adapter_off", "share_without_word"]
publish(triggers=rounded(found, *names))
