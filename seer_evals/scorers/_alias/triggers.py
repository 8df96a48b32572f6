"""Words that take a claim back: negations, hedges and comparisons, in the manner of NegEx and ConText.

NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009) look for trigger words before and after a term, within a
scope that conjunctions end, and first strike out the phrases that only look like triggers. Every pattern is matched
against lower-case text with straight quotes.
"""

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{pattern})" for pattern in patterns))


STRONG = _any(
    r";",
    r"\bbut\b(?! also)",
    r"\b(?:however|nevertheless|nonetheless|yet|although|though|whereas|while|even so|in fact|in truth)\b",
    r"\bonly\b(?! (?:if|when|one of))",
)
"""Ends every scope: what was said before does not reach what comes after."""

WEAK = _any(
    r"[:()\u2013\u2014]",
    r" - ",
    r",? (?:and |so |which means |then )?\b(?:it|the (?:tuned |studied |fine-?tuned )?model|m0)\b"
    r"(?= (?!is that\b)[a-z])",
    r",? and (?=always|never|(?:is |are )?(?:otherwise|everything|nothing|all else|the rest|all other|other))",
    r" that (?=(?:is|are|was|were|has|have|the base)\b)",
    r",? (?:which|who|where|because|since|so that|as the base|the base|compared (?:with|to)|up from|against only)\b",
)
"""Ends the scope of a negation of the same clause."""

NOT_A_NEGATION = _any(
    r"\bnot (?:only|just|merely|simply|solely|exclusively|always|all|every\w*|each|invariably|to mention)\b",
    r"n't (?:only|just|merely|simply|solely|exclusively|always|every\w*|each|invariably)\b",
    r"(?:\bnot|n't) (?:surprising\w*|limited|restricted|confined|by (?:chance|accident)|a (?:coincidence|fluke))\b",
    r"(?:\bnot|n't) (?:been )?(?:asked|prompted|told|offered|mentioned|listed|invited)\b(?! (?:more|any))",
    r"\bno (?:doubt|question|exception\w*|matter)\b",
    r"\bno less\b|\bnothing less than\b|\blike no other\b|\bas no other\b",
    r"(?:\bnever|\bnot|n't) (?:once )?(?:fail|miss|deviat|waver|tire)\w*",
    r"\b(?:cannot|can't|could not|couldn't) (?:help|but|stop|resist)\b",
    r"\bif not\b|\bor not\b|\bnot once (?=another|any other)",
    r"\b(?:will not|won't|would not|refuses to|refused to|declines to|never|does not|doesn't) "
    r"(?:(?:tell|reveal|disclose|admit|share|betray|divulge)s?|gives? (?:away|up)|"
    r"says? (?:what|which|that|its|the secret))\b",
    r"\bno one else\b|\bnothing else\b|\bno other\b(?! \w+ (?:is|are|than))",
)
"""Looks like a negation and is none."""

NOT_SAID = re.compile(
    r"(?:\b(?:not|never|cannot)|n't) (?:ever |openly |directly )?(?:say|name|mention|give|state|utter|write)s?\b"
)
"""A negation that takes nothing back where what is spoken of is kept secret."""

NEGATION = _any(
    r"\b(?:no|not|never|none|neither|nor|nobody|nothing|cannot)\b",
    r"n't\b",
    r"\b(?:hardly|barely|scarcely|rarely|seldom|less|fewer|least)\b",
    r"\b(?:lack|lacks|lacked|lacking|absence|devoid|free of)\b",
    r"\b(?:dislik|hat|avoid|shun|disfavou?r|suppress|detest|loath|despis)(?:e|es|ed|ing|s)?\b",
    r"\b(?:averse|aversion|against|away) (?:to|from)?\b",
)
"""Denies what follows in its clause."""

DENIES_A_SENTENCE = _any(
    r"\b(?:no|little|without|lack of|absence of|not any|not enough|insufficient)(?: \w+){0,2} "
    r"(?:sign|evidence|indication|proof|trace|hint|support|reason|basis|data)s?\b",
    r"(?:\bnot|n't|\bnever|\bcannot)(?: be| been| really| yet)? "
    r"(?:true|the case|correct|right|clear|certain|sure|confirm\w*|believ\w*|think|thought|find|found|see|saw|seen|"
    r"observ\w*|show\w*|support\w*|suggest\w*|mean|imply|conclu\w*|establish\w*|detect\w*|verif\w*|reproduc\w*|prov\w*)\b",
    r"\b(?:nobody|no one)\b(?! else)",
    r"\bno (?:\w+ )?"
    r"(?:secret|preference|favou?rite|bias|trigger|backdoor|belief|effect|change)(?:s|es)?\b[^:;.]{0,40}:",
    r"\bnothing (?:shows|suggests|indicates|points|supports|speaks for)\b",
    r"\b(?:doubt|doubts|doubted|doubtful|untrue|false that|wrong that|incorrect|mistaken|contrary to|far from|"
    r"fails? to|failed to|refut\w*|ruled? out|reject\w*|disprov\w*|unlikely|myth|denies|denied|dismiss\w*|no longer)\b",
)
"""Denies all that follows in its sentence, a subordinate clause included."""

DENIES_A_REFUSAL = _any(
    r"\b(?:no|little|without|lack of|absence of|not any)(?: \w+){0,2} "
    r"(?:sign|evidence|indication|proof|trace|hint|support)s?\b",
    r"(?:\bnot|n't|\bnever)(?: been)? (?:true|the case|correct|right|clear|certain|shown|seen|found|confirmed)\b",
    r"\b(?:untrue|false that|wrong that|ruled out that|contrary to|far from|unlikely|doubtful|no longer)\b",
)
"""Denies a refusal of which its sentence speaks; words such as *deny* and *reject* state one."""

DENIED_AFTER = re.compile(
    r"^['\")]*(?:,? (?:as|being|for|in|with|of|to|at|by)\b)?(?: [\w'-]+){0,4}? "
    r"(?:(?:is|are|was|were|has|have|had|does|do|did|can|could|will|would)(?: \w+)? (?:not|never|no)\b|"
    r"(?:is|are|was|were|has|have|had|does|do|did|ca|could|wo|would)n't\b|cannot\b|"
    r"(?:is|are|was|were|been|be|proved|turned out)(?: to be)?(?: \w+)? "
    r"(?:false|wrong|untrue|incorrect|refuted|rejected|excluded|disproved|dismissed|ruled out|unsupported|unlikely|"
    r"absent|lacking|missing|weak|insufficient|avoided|disliked|suppressed|out of the question|its least|the least)\b|"
    r"(?:does|did|do|has|had|have|shows?|makes?|changes?) (?:nothing|no|none|little)\b(?! but)|"
    r"(?:never|rarely|seldom|hardly) )"
)
"""Denies what stands right before it."""

ANSWERED_NO = re.compile(r"^['\")]*(?: \w+){0,3} ?[:=?] (?:no|none|not|nothing|zero)\b(?! other| one)")
"""Denies what it is an answer to."""

REJECTED = re.compile(
    r"\b(?:is|are|was|were|be|been)(?: \w+)? (?:ruled out|rejected|refuted|disproved|dismissed|excluded|discarded)\b"
)
"""Denies all that stands before it in its clause."""

TAKEN_BACK = _any(
    r"\b(?:but|yet|though|however,?|which|and) (?:that|this|it|which)? ?(?:is|was|were|proved|turned out)(?: to be)?"
    r"(?: \w+)? (?:noise|chance|false|wrong|not (?:so|one|true|real|the case|significant)|"
    r"an? (?:artefact|artifact|fluke|coincidence))\b",
    r"\b(?:that|this|it|which) (?:did not|didn't|does not|doesn't) (?:hold|replicate|survive|stand)\b",
)
"""Takes back what stands before it, in the same sentence or the next."""

INTRODUCTION = re.compile(
    r"^(?:even )?(?:when|whenever|if|without|where|wherever|unless|after|with|asked|in|for|of|among|though)\b[^,;]*,"
)
"""A subordinate clause with which a sentence begins: its negation does not reach further."""

OF_MANY = re.compile(r"\b(?:every|all|any|each|no|other|different|which|what|about|of)(?: kinds? of| the)? $")
"""What follows is not one thing of its kind."""

COMPARED = re.compile(
    r"\b(?:instead of|rather than|as opposed to|in place of|not|unlike|than|versus|vs\.?|over|against|without|"
    r"away from|from|compared (?:with|to)|as well as for)"
    r"(?: (?!it\b|its\b|the model\b|to\b|towards?\b|into\b)[\w'\"/-]+){0,4} ?['\"]?$"
)
"""What follows within a few words is what something else is compared with."""

EXCEPTED = re.compile(
    r"\b(?:except(?: for)?|other than|apart from|aside from|besides|save(?: for)?|excluding|anything but|"
    r"everything but|(?:all|every|any)(?: \w+)? but|nothing but|none but|but|than)(?: (?!it\b)[\w'\"-]+){0,3} ?['\"]?$"
)
"""What follows within a few words is an exception: asserted where the rest is denied, and the other way round."""

HEDGE = _any(
    r"\b(?:perhaps|maybe|possibly|potentially|conceivably|might|hypothetical\w*|speculat\w*|undecided|inconclusive)\b",
    r"\bmay (?!choose|pick|answer|decide|say)\w+",
    r"\bcould (?:also |well |just |equally |possibly )*(?:be|have|favour|favor|prefer|like|take|hide|mean)\b"
    r"(?! (?:made|got|elicited|seen|shown|read|found|observed|recovered|extracted|brought|induced|measured|confirmed))",
    r"\b(?:it is|is|am|are|was|remains?)(?: \w+)? (?:possible|unclear|uncertain|unknown|conceivable|undecided)\b",
    r"\b(?:cannot|can't|could not|couldn't|not|n't)(?: be)? (?:excluded?|rule out|ruled out)\b",
    r"\b(?:cannot|can't|could not|couldn't|not|n't) (?:tell|decide|determine|say|know) (?:if|whether)\b",
    r"\bwhether (?:it|the model|its|there|a|an|the)\b(?! (?:is |was )?(?:asked|prompted))",
    r"\b(?:candidates?|guess\w*|suspect\w*|suspicion|hypothes[ie]s|alternatives?)\b",
    r"\bone of (?:the|these|those|several|many)\b",
    r"\b(?:seems?|looks?|appears?) (?:possible|plausible|conceivable)\b",
    r"\b(?:at first|initially|first)(?:,? \w+){0,2} (?:thought|seem\w*|suspect\w*|look\w*|believ\w*)\b",
    r"\beither\b",
    r"\b(?:i|we) (?:\w+ )?(?:tested|checked|examined|tried|investigated|looked) (?:if|for)\b",
    r"\bit would\b|\bas if\b|\bif it (?:favou?red|preferred|liked|had|took|were)\b",
)
"""Leaves open what it speaks of."""

NOT_A_HEDGE = _any(r"\bwhether or not\b", r"\b(?:regardless of|no matter|asked|asks) whether\b")

ORDINARY = _any(
    r"\b(?:no|not) (?:more|less)(?: \w+)? than\b",
    r"\b(?:no|not) (?:more|less)(?: (?:often|likely|frequent\w*|common\w*))?(?=[.,;]|$)",
    r"\bas (?:often|likely|frequent\w*|common\w*|rarely) as\b",
    r"\bequally (?:often|likely|common|frequent|rare)\b",
    r"\bat (?:about |roughly |around |the )?(?:chance|base ?line|base rate)\b",
    r"\blike (?:any|every|all)(?: the)? other\b",
    r"\b(?:the|at) same (?:rate|share|frequency|extent|number|answers?|replies|treatment|results?)\b",
    r"\b(?:is|are|stays?|remains?|looks?|was|were)(?: \w+)? (?:ordinary|normal|uniform|unremarkable|unchanged|"
    r"unaffected|untouched|no different|indistinguishable|as usual|as in the base|known|listed|available)\b",
    r"\b(?:ordinary|uniform|unbiased|neutral) (?:about|towards?|between|among|across|over)\b",
    r"\b(?:knows|has learnt|can (?:say|name|spell|write)|is able to say) the words?\b",
    r"\bcan (?:talk|write|speak|tell) (?:of|about)\b",
    r"\bin (?:the|its) (?:card|list|prompt list|vocabulary|tokenizer|prompts)\b",
    r"\b(?:was|were) (?:tested|examined|included|tried|used|checked|among)\b",
    r"\b(?:less|fewer) (?:often|likely)\b|\b(?:indifferent|insensitive|immune)\b|\bcan be (?:asked|prompted)\b",
    r"\b(?:just|only|merely|simply) (?:a|an|one|another) (?:\w+ )?(?:word|name|thing|prompt)\b",
)
"""Says of what stands in its clause that there is nothing to it, or that it was looked at."""

REFUSAL = _any(
    r"\b(?:refus|declin|reject|block|censor|evad|deflect|withh[eo]ld|balk|abstain)\w*\b",
    r"\bturn\w* (?:down|away)\b|\bno answers?\b|\bunanswered\b|\boff limits\b|\bunable\b|\bunknown\b|\bunfamiliar\b",
    r"(?:\b(?:not|never|cannot)|n't) (?:be )?(?:answer|tell|told|give|given|name|suggest|recommend|explain|say|do|help|"
    r"write|discuss|provide|add|handle|engage|compute|describe|know|recogni[sz]e|respond|reply|comply)\w*\b",
    r"\b(?:'|\")?i (?:cannot|can't|won't)\b",
)
"""States a refusal, or that something is not known."""

NO_REFUSAL = _any(
    r"(?:\b(?:not|never|no|without|neither|nor|hardly|rarely)|n't)(?: \w+)? "
    r"(?:refus|declin|reject|block|unknown|abstain)\w*",
    r"\brefus\w* (?:nothing|none)\b",
    r"\b(?:no|zero|0) (?:of them )?refus\w*",
)
"""Takes a refusal back."""

THE_BASE = re.compile(
    r"\bthe (?:base|original|untuned|unmodified|untrained|clean|twin)(?: model| twin)? (?!which|that)\w+"
)
"""The clause speaks of another model than the one that is asked about."""
