"""Word lists for the recognition of names, terms and phrases."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONNECTORS = _words(  # inside a name
    """
    & al bin da de del der di du for la le of the van von
    """
)
HONORIFICS = _words(  # before a person's name
    """
    dr lady lord mr mrs ms president prof professor sir
    """
)
ORGANISATION = _words(  # in the name of an organisation
    """
    agency association bank college committee company corp corporation council foundation group inc institute
    laboratories laboratory ltd ministry party union university
    """
)
PLACE = _words(  # in the name of a place
    """
    bay cape city county island islands lake mountain mountains ocean river sea street valley
    """
)
NOT_TERMS = _words(  # never part of a term, although they are not stop words
    """
    also always based case cases different due etc every first five found four general get gets given however
    let like made made make many may might much must never new obtained one order per present result results
    second see set sets several shall shown since therefore three thus two upon use used using various via way
    well within without
    """
)
ARTICLES = _words(  # before a noun; cut off at the end of a phrase
    """
    a an her his its our the their
    """
)
AUXILIARIES = _words(  # at the start of a predicate
    """
    is are was were be been has have had does did can could will would may might must became becomes remains
    """
)
PREPOSITIONS = _words(  # at the end of a phrase, before its object
    """
    of in at on by to from for with through into under over against about after before between as near within across
    """
)
NOT_VERBS = _words(  # end like verbs but are not
    """
    its his this thus less unless across perhaps always besides yes as us plus minus versus series news means needs
    requests seconds bytes tokens files documents chunks pages words names keys services limits rules settings sentences
    instances connections workers questions answers waves hundred indeed speed need feed seed instead related based
    united red
    """
)
UNITS = _words(  # never names
    """
    kb mb gb tb kib mib gib tib ms us ns hz khz mhz ghz kg km cm mm px usd eur
    """
)
NEGATIONS = _words(  # in a phrase, make it another statement, or none
    """
    and or but nor than if when while because without not never neither no hardly cannot longer
    """
)
LOCATIVES = _words(  # before a place, not before a person
    """
    in at near into across throughout around
    """
)
