"""The words that matching knows, English and Spanish, folded: about names, greetings, kin and numbers.

They name things everybody says, never one program's phrases. No patient's words belong in here.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split()) for phrase in text.split("|"))


# names
PARTICLES = _words("de la del los las van von der den di da dos du le el al bin ibn y e san santa zu ter ten")
TITLES = _words("mr mrs ms miss mx dr dra doctor doctora sr sra srta prof rev sir lic ing")
DEGREES = _words("md do phd rn np pa dds esq mba cpa jd lcsw psyd dnp mph ma ms msw")
NOT_A_PERSON = _words(
    """family familia team office oficina group grupo clinic clinica medical center centro company inc llc ltd llp corp
    services service servicios solutions support info admin sales billing hospital health healthcare realty
    insurance logistics partners associates consulting foundation university school schools church bank store
    shop marketing newsletter noreply reply mail mailer account accounts department dept systems technologies
    technology media"""
)

# lines around a signature
CLOSINGS = _words(
    """thanks thank you thx many so much very again best regards wishes all the kind warm warmest sincerely yours truly
    cheers warmly respectfully take care with gratitude gratefully cordially blessings love ty muchas muchisimas
    mil gracias de antemano saludos cordiales un cordial saludo atentamente cordialmente atte abrazo quedo
    atenta atento le les saluda bendiciones and in advance for your help por su ayuda time tiempo y hasta pronto"""
)
GREETINGS = _words(
    """hi hello hey dear good greetings morning afternoon evening hola buenos buenas dias tardes noches estimado
    estimada estimados querido querida apreciado apreciada attn attention to whom"""
)
NOT_IN_A_SIGNED_NAME = _words(
    """sent from get outlook yahoo iphone ipad android samsung galaxy mobile enviado desde mi manager coordinator
    assistant director president engineer teacher nurse paralegal attorney owner founder specialist analyst
    agent broker consultant representative supervisor lead leader officer executive administrator technician
    therapist professor student gerente directora secretaria abogado abogada maestro maestra ingeniero ingeniera
    phone cell tel telephone mobile office fax email website www http https please call me asap patient paciente
    new appointment question request form"""
)

# who speaks and about whom
STRONG_CUES = _phrases("my name is|my names|my full name is|me llamo|mi nombre es|mi nombre completo es")
WEAK_CUES = _phrases("this is|i am|im|its|it is|soy|habla|le escribe|les escribe|le saluda|les saluda|te escribe")
NAME_LABELS = _words("name nombre")
NOT_BEFORE_HERE = _words(
    """right out over come from look up in been im i we you they he she is are get not its and down back"""
)
ENDS_A_NAME = _words(
    """and i im from with a an the my here but so writing calling who we he she you is am was have had just again y e
    soy tengo quiero le les de desde con que un una mi estoy escribo llamo or to in at for on by this that about"""
)
KIN = _words(
    """husband wife hubby spouse partner fiance fiancee boyfriend girlfriend son sons daughter daughters child children
    kid kids stepson stepdaughter mother father mom mum mommy dad daddy parent parents stepmother stepfather
    grandmother grandfather grandma grandpa granny grandson granddaughter brother sister sibling twin uncle aunt
    niece nephew cousin esposo esposa marido mujer conyuge pareja novio novia prometido prometida hijo hija
    hijos hijas madre padre mama papa padres abuelo abuela nieto nieta hermano hermana tio tia sobrino sobrina
    primo prima suegro suegra cunado cunada yerno nuera ahijado ahijada"""
)
OTHERS = _words(
    """friend friends neighbor neighbour client patient roommate coworker colleague boss employee amigo amiga vecino
    vecina cliente paciente companero companera jefe jefa empleado empleada"""
)
POSSESSIVES = _words("my our mi mis nuestro nuestra nuestros nuestras")
ON_BEHALF = _words("for behalf about regarding re concerning para por sobre parte nombre acerca")
ONLY_TOLD_US = _words(
    """recommended recommends suggested suggests told said says thinks thought mentioned referred saw found heard read
    agrees encouraged supports recomendo recomienda sugirio sugiere dijo dice cree piensa menciono refirio vio
    encontro leyo apoya died passed left fallecio murio"""
)
TITLES_BEFORE = TITLES | _words(
    """st saint san santa santo mount mt fort port lake nurse enfermera enfermero pastor father sister"""
)
PLACES_BEHIND = _words(
    """hospital clinic medical center centre street st ave avenue road rd blvd drive county city university college
    health pharmacy insurance"""
)
ALSO_WORDS = _words(
    """will may june april august mark bill rose grace hope faith joy art rich gene sky frank drew chase pat sue don
    ray max van dean dale ford star al ed angel park field win jack rob rusty sandy dusty misty crystal amber
    ginger holly ivy daisy lily violet summer autumn dawn eve charity patience prudence mercy penny buddy bud
    chip chuck dick guy hank austin jackson madison jordan savannah dallas lincoln victoria orlando charlotte
    florence augusta sydney virginia georgia carolina diego santiago franklin houston bernard regina cleveland
    preston clayton milan paris chelsea alexandria olympia santa oscar aurora pilar rosa sol mar nieves mercedes
    refugio rosario socorro consuelo dolores soledad milagros jesus concepcion esperanza gloria victor tuesday
    wednesday long early best dear mary kit cat rick ty tal gus nat bat sal sol bella belle honor merry olive
    opal pearl ruby jade reba bess lance miles sterling court pace grant major marshall mason parker tanner
    taylor cooper carter hunter forest cliff glen dell brook brooke harmony ike ian an ana do she so la lo el
    les san gal mae ora una dot del ana june july junie tad tag len"""
)

# telephone numbers that are not the author's own
NOT_THEIR_PHONE = _words(
    """fax faxes office oficina pharmacy farmacia member membership miembro id policy poliza claim group grupo account
    cuenta invoice factura order ref reference case ticket mrn npi doctor dr clinic clinica hospital insurance
    seguro cvs walgreens publix emergency emergencia store tienda confirmation tracking dob"""
)

# mailboxes
PROVIDERS = _words(
    """gmail.com yahoo.com icloud.com hotmail.com outlook.com aol.com comcast.net att.net live.com me.com mac.com
    bellsouth.net msn.com proton.me protonmail.com ymail.com rocketmail.com verizon.net sbcglobal.net cox.net
    charter.net earthlink.net juno.com mail.com gmx.com gmx.net gmx.de zoho.com fastmail.com hey.com pm.me
    tutanota.com optonline.net frontier.com windstream.net centurylink.net roadrunner.com twc.com aim.com
    email.com usa.net yahoo.es yahoo.com.mx yahoo.co.uk yahoo.ca yahoo.fr yahoo.de yahoo.com.ar yahoo.com.br
    hotmail.es hotmail.co.uk hotmail.fr hotmail.ca outlook.es live.co.uk live.ca live.com.mx aol.co.uk
    netzero.net peoplepc.com q.com cs.com att.com mail.ru web.de t-online.de orange.fr free.fr wanadoo.es
    telefonica.net prodigy.net.mx"""
)
RELAYS = _words("""privaterelay.appleid.com duck.com mozmail.com relay.firefox.com anonaddy.com simplelogin.com""")
ROLES = _words(
    """info admin office contact sales billing support mail email hello team noreply no-reply newsletter test"""
)
