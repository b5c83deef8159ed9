"""Which first names one person may go by, in English and Spanish: a table, and the roots it gives.

Written from general knowledge. A wrong pair here can join two people, so a pair belongs in it only if one person may
really be called both. It is no list of all first names: an absent name is simply its own root.
"""

from __future__ import annotations

# "formal: what its bearers are also called"; a short form may stand under several formal names.
_ENGLISH_MEN = """
aaron: ron ronnie; abner: ab abbie; abraham: abe bram abram; adam: ad addy; adolph: dolph adolf; adrian: ade rian;
alan: al allan allen; albert: al bert bertie; alexander: alex al alec xander zander sandy lex sasha sander alasdair;
alfonso: al fonzie poncho foncho; alfred: al fred alf alfie freddy freddie; alvin: al vin; ambrose: brose; anderson:
andy; andrew: andy drew andre; anthony: tony ant antonio; archibald: archie arch baldie; armand: mando; arnold: arnie
arn; arthur: art artie; august: gus augie auggie; augustine: gus augie austin; augustus: gus augie auggie; austin: aus
augustin; barnabas: barney; bartholomew: bart barty bat; basil: bas; benedict: ben benny; benjamin: ben benny benji
benjy bennie jamie benjie; bernard: bernie barney bern; bertram: bert; bradford: brad ford; bradley: brad; brandon:
bran brand; brendan: bren; brian: bryan bry bri bryant; broderick: brody rick ricky rod; bryan: brian bry; burton:
burt; caleb: cal; calvin: cal vin vinny; cameron: cam ronny ron; carl: karl; carlton: carl; cecil: cis; cedric: ced
rick ricky; charles: charlie charley chuck chas chaz chip chick carlos cal; chester: chet; christian: chris christy
kit; christopher: chris kit topher christy kris kester kristopher; clarence: clair clare; clark: clarke; claude:
claud; clayton: clay; clement: clem; clifford: cliff ford; clifton: cliff; clinton: clint; conrad: con conny; corey:
cory; cornelius: neil con connie corny neal; courtney: court curt; curtis: curt kurt; cyrus: cy; dalton: dal; daniel:
dan danny dannie; darrell: darryl daryl; david: dave davy davey davie dai daw day dawson; dean: deane; dennis: den
denny dennie; derek: derrick rick ricky eric; dominic: dom nick nicky domenic dominick dominik; donald: don donnie
donny; donovan: don donnie van; douglas: doug dougie; duncan: dunc dunk; dustin: dusty; dwight: ike; earnest: ernie;
edgar: ed eddie eddy ned; edmund: ed eddie ned ted eddy; edward: ed eddie eddy ned ted teddy woody; edwin: ed eddie
ned win eddy; elbert: bert el; eli: elijah; elias: eli lee; elijah: eli lige; elliott: eli elliot; elmer: el; elvis:
el; emanuel: manuel manny; emmanuel: manny manuel immanuel; emmett: em; ephraim: eph; eric: rick ricky erik erick;
ernest: ernie ern; eugene: gene; ezekiel: zeke ez; ezra: ez; felix: lix; ferdinand: ferdie fred freddie nando;
fernando: fern nando fred; floyd: loyd lloyd; francis: frank fran frankie franky franz; frank: frankie franky franklin
francis; franklin: frank frankie fran; frederick: fred freddie freddy fritz rick ricky fredrick frederic derick
derrick; gabriel: gabe gab gabby; garrett: gary garry garret; garry: gary; gary: garry garrett; geoffrey: geoff jeff
jeffrey; george: georgie geo jorge; gerald: gerry jerry gerrie; gerard: gerry jerry; gilbert: gil bert gib wilber;
glenn: glen; gordon: gordy gord; graham: gra; gregory: greg gregg greggy; gustave: gus; harold: hal harry; harrison:
harry; harvey: harv; hector: heck; henry: hank harry hal hen; herbert: herb bert herbie; herman: herm manny; hezekiah:
hez; hiram: hi; horace: horry; howard: howie hal ward; hubert: hugh bert hub; hugo: hugh; humphrey: hum; ian: iain;
ignatius: iggy nate; irving: irv irvin; isaac: ike zac isaak zak; isaiah: zay ike; isidore: izzy; israel: izzy; jack:
john jackie jacky; jackson: jack jax; jacob: jake jay jakob coby jaap cobus; james: jim jimmy jamie jimmie jem jameson
jay; jared: jerry jerod; jason: jay jase; jasper: jap; jay: james jacob; jedediah: jed; jefferson: jeff sonny;
jeffrey: jeff geoff jeffery geoffrey jeffry jeffie; jeremiah: jerry jeremy jere; jeremy: jerry jere jez jem jezza;
jerome: jerry; jesse: jess jessie; joel: joe; john: jack johnny jon johnnie jock jonny ian; johnathan: john johnny jon
jonathan; johnathon: john johnny jon; jonathan: jon john johnny jonny nathan nate jonathon johnathan johnathon;
jordan: jordy jory judd; joseph: joe joey jody jos jo; joshua: josh jos; josiah: joe joey josh; judah: jude; julian:
jule jules jools; julius: jule jules; justin: jus; kelvin: kel; kendall: ken kenny; kendrick: ken kenny rick; kenneth:
ken kenny kendrick; kent: ken kenny; kevin: kev; kristopher: kris chris; lafayette: lafe laffie; lambert: bert;
lancelot: lance; laurence: larry lars; lawrence: larry lars lawrie laurie law lon lonnie lorne lorenzo; lee: leroy;
leo: leon; leon: leo lee; leonard: leo len lenny leon lennie lennard; leonardo: leo leon; leopold: leo; leroy: lee
roy; leslie: les; lester: les; levi: lee; lewis: lew louis lou; lincoln: link; lionel: leo; lloyd: loyd floyd; louis:
lou louie lewis luis; lucas: luke luc; lucian: lu luke; luther: luke; lynn: lyn; malachi: mal; malcolm: mal mac;
manuel: manny; marcus: marc mark; mario: mar; marion: mary; mark: marc marcus markus; marshall: marsh; martin: marty
mart; marvin: marv merv; mason: mase; mathew: matt matthew; matthew: matt mat matty thaddeus mathew thys mathias;
matthias: matt thias thys mathias; maurice: morris maury mo moe; maximilian: max; maxwell: max; maynard: may; melvin:
mel; merle: merlin; mervin: merv; michael: mike mick mickey micky mikey micah mitch mickie; mitchell: mitch mitchel;
morris: maury moe; mortimer: mort morty; moses: mo moe mose; nathan: nate nat; nathaniel: nate nat nathan natty than;
neal: neil; nelson: nels; nicholas: nick nicky nico nic klaus nickolas nikolas claas klaas claes cole nickie nickey;
noah: noe; norman: norm; obadiah: obie obed; oliver: ollie olly; orlando: roland; orville: orv; oscar: ozzy os;
oswald: oz ozzy waldo; owen: owe; parker: park; patrick: pat paddy rick ricky patsy pate; paul: polly paulie pablo;
percival: percy; perry: peregrine; peter: pete petey; philip: phil pip phillip; phillip: phil pip philip; preston:
pres; quentin: quint; quincy: quin; ralph: ralphie raphael; randall: randy rand; randolph: randy rand dolph; raphael:
ralph rafe rafi; raymond: ray raymund; reginald: reg reggie rex; reuben: rube ben; rex: reginald; rhett: rhet;
richard: rick dick rich ricky richie ricki rickey dickie ritchie dickon; robert: bob rob bobby robbie bert robby robin
bobbie rupert dob hob dobbin hobkin; roberto: rob beto bob bobby robert tito; roderick: rod rick erick roddy; rodger:
rod roger; rodney: rod roddy; roger: rod rodge; roland: rollie rowland lanny orlando; roman: rom; ronald: ron ronnie
ronny naldo; roosevelt: rosie; rosco: ross; ross: rosco; rudolph: rudy dolph rolf rudolf; rufus: ruf; rupert: robert;
russell: russ rusty russel; ryan: ry; salvador: sal; salvatore: sal sam; samson: sam sammy; samuel: sam sammy; scott:
scottie scotty; sean: shawn shaun shane; sebastian: seb bastian; seymour: sy morey; shawn: shaun sean shane; sheldon:
shel shelly; shelton: shel tony; sherman: sherm; sidney: sid syd; silas: si; silvester: vester sly; simeon: sim si;
simon: si sy; solomon: sol solly sal; spencer: spence; stanley: stan; stephen: steve steven stevie steph; steven:
steve stephen stevie steph; stuart: stu stewart; sullivan: sully van; sylvester: sly vester sy; terence: terry;
terrance: terry; terrence: terry; thaddeus: thad ted; theodore: ted teddy theo dora; thomas: tom tommy thom; thurston:
thurs; timothy: tim timmy; tobias: toby tobe; todd: tod; travis: trav; trenton: trent; trevor: trev; tristan: tris;
tyler: ty; tyrone: ty; uriah: riah; valentine: val; vance: van; vernon: vern; victor: vic vick; vincent: vince vin
vinny vinnie vic; virgil: virge; wallace: wally; walter: walt wally wat; warren: ren; wesley: wes; wilbert: bert will;
wilbur: will willie; wilfred: will fred willie; willard: will willie; william: bill will billy willy liam willie bud;
willis: bill will willie; wilson: will willie; winfield: win field; winston: win winnie; woodrow: woody drew; xavier:
xavi javier; zachariah: zach zac zack zachary; zachary: zach zac zack zak; zachery: zach zac zack zachary; zebulon:
zeb
"""

_ENGLISH_WOMEN = """
abigail: abby gail abbie gale nabby; adaline: ada addie adela lena dell delia; addison: addie addy; adelaide: addie
ada della heidi adele; adele: addie della; adrienne: adriane; agatha: aggie; agnes: aggie nessie inez nessa; aileen:
lena allie eileen; alberta: allie bertie; alexandra: alex sandra sandy lexi lexie alexa sasha alix xandra ali allie
alla sascha; alexandria: alex lexi drina; alexis: alex lexi lexie; alfreda: freda frieda; alice: allie ali elsie lisa
alicia alyce; alicia: ali allie lisha alice; alisha: lisa lisha ali; alison: ali allie al; allison: ali allie al;
althea: thea; alyssa: lissia al ally ali; amanda: mandy manda mandi; amber: ambie; amelia: amy mel millie emily mia;
amy: aimee; anastasia: ana stacy stacey tasia; andrea: andy drea andi rea; angela: angie ang angel; angelica: angie
angel; angelina: angie lina angel ang; anita: ana nita ann anne; ann: annie anna anne nan nancy; anna: ann annie anne
nan ana; annabelle: anna belle bella annie; anne: annie ann anna nan; annette: anna nettie annie ann; antoinette: toni
tony netta ann nettie; antonia: toni tony netta tonia; april: apryl; arabella: bella belle ara; ariana: ari; arlene:
arly lena; ashley: ash lee ashlee; audrey: dee audie; augusta: gussie gus tina aggy; aurora: rory; ava: eve; barbara:
barb babs barbie bobbie bab barby; beatrice: bea trixie bee trix tris; belinda: bel linda; bernadette: bernie berna
detta; bernice: bernie berny bunny; bertha: bertie birdie; bethany: beth; betsy: elizabeth bets; beverly: bev;
blanche: bea; bonnie: bon; breanna: bri bree; brenda: brandy; brianna: bri; bridget: biddy bridie bridgie bea;
brittany: britt brit britney brittney brittnie brittani; caitlin: cait caity kate katie kaitlin kaitlyn; camille:
cammie millie cami; candace: candy dacey candi; candice: candy candi; carmen: mel; carol: carrie; caroline: carol
carrie caro lynn callie lina; carolyn: carol carrie lynn lyn carolyne; cassandra: cass cassie sandra sandy cassey;
cassidy: cass cassie; catherine: cathy kate katie kathy cat cate kit kitty cassie trina katy kathleen katharine;
cathleen: cathy kathy; cecilia: celia cece cissy cecily sissy; celeste: celia; charity: chat; charlotte: charlie
lottie char lotta lotte; chelsea: chel; cheryl: cher sherry sheryl; chloe: clo; christa: chris; christiana: chris
christy tina kris ann kristy; christina: chris tina christy chrissy kris christie kristy crissy; christine: chris
christy tina chrissy christie kris crissy kristy; cindy: cynthia; claire: clair clare clara; clara: clarissa claire;
clarissa: cissy clara; claudia: claud; clementine: clem; colleen: coll; constance: connie conny; cora: corrie;
cordelia: cordy delia; corinne: cora; cornelia: nelly cornie nelia corny nelle; courtney: court; crystal: chris stal
tal cris krystal; cynthia: cindy cindi thia cyndi; daisy: margaret; danielle: dani danny ellie; daphne: daph; darlene:
lena darry dar; dawn: dawna; deanna: dee anna ann; deborah: deb debbie debby debra debi deborrah; debra: deb debbie
debby deborah; deirdre: dee; delilah: lila dell della; delores: lola dee dolores della; denise: dee; desiree: desi;
diana: di diane dina ann; diane: di diana dian didi; dolores: lola dolly lolita dee; dominique: nikki nicki; donna:
don; dora: dee dorothy; doreen: dora; doris: dori dory; dorothea: dot dottie dolly thea dory; dorothy: dot dottie
dolly dodie dory dee dortha; edith: edie edye edy; edna: edny eddie; eileen: lena leena; elaine: lainie helen laine
elaina ellie; eleanor: ellie nell nora ella nellie elle lenora elaine ellen elenor leonore nelle; elisa: lisa ellie;
elisabeth: liz beth lizzie betty betsy lisa elsie bess; elise: ellie lise elsie; elizabeth: liz beth lizzie betty
betsy eliza libby lisa ellie elsie bess bessie lizzy bette liza liddy lisbeth elisabeth lib; ella: ellie; ellen: ellie
nell nellie elle lena nel helen; eloise: lois ellie; elsie: elsa; emeline: em emmy emma milly; emilie: em emmie;
emily: em emmy millie emma mel emmie; emma: em emmy emmie; erica: ricky rikki erika ricki; ernestine: ernie teeny;
esther: essie hester hettie; ethel: eth; eugenia: gene genie; eunice: nicie; eva: eve evie; evangeline: eve evie angie
vangie; evelyn: eve evie ev lynn; faith: fay; felicia: fel feli; florence: flo florrie flossie; frances: fran fanny
francie frannie frankie francine sis; francesca: fran franny frankie fanny; gabriella: gabby gabi ella; gabrielle:
gabby gabi elle ella; genevieve: gen jenny eve gena neva genny viv; georgia: georgie; geraldine: gerry geri jerry jeri
dina gerrie; gertrude: trudy gert gertie; gillian: gill jill; ginger: virginia; gloria: glory; grace: gracie;
gretchen: margaret; guinevere: gwen; gwendolyn: gwen wendy; hailey: hayley; hannah: anna nan ann annie; harriet:
hattie hatty harry; heather: hetty; heidi: adelaide; helen: nell ellen nellie lena elaine ella ellie; helena: lena
eileen ella nell; henrietta: etta hettie retta hank henny; hillary: hill hilly; holly: hol; hope: hopie; ida: idella;
imogene: gene immy imogen; irene: rena renie; isabel: bella belle izzy ibby tibbie nib; isabella: bella izzy belle
ella bell; isabelle: bella belle izzy; ivy: iv; jacqueline: jackie jacqui jacky lynn jack jacquelyn; jacquelyn: jackie
jacqui lynn; jamie: james; jane: janie janey jan jennie jean; janelle: jan; janet: jan jessie jannie; janice: jan
janis; jasmine: jazz jas jasmin; jean: jeannie jane jeanne; jeanette: jean jeannie nettie janet jessie; jeanne: jean
jeannie jane; jennifer: jen jenny jenn jennie jenni; jessica: jess jessie jessy jessi; jill: jillian; jillian: jill
jilly; joan: joanie jo nonie; joanna: jo joan hannah jody; joanne: jo joan; jocelyn: joy jos; jodi: jody; josephine:
jo josie joey fina josey jody; joy: joyce; joyce: joy; juanita: nita nettie; judith: judy jude judi juda; judy:
judith; julia: julie jill jules; juliana: julie jules; julianne: julie jules; julie: jules julia jule; juliet: julie
jules; june: junie; justina: tina; kaitlin: kate katie kaitlyn kaitie; karen: kari kay; karina: kari; katelyn: kate
katie kay; katherine: kate katie kathy kat kathryn kitty kit kay katy kathie trina kathleen kathi katharine kathrine
kaye; kathleen: kathy kate katie kay kat kathie lena kaye; kathryn: kathy kate katie kat katherine kay kathie; kathy:
katherine; katrina: trina kat kate katie; kayla: kay; kelly: kel kellie; kelsey: kels; kendra: ken kenny; kerry:
kerri; kimberly: kim kimmy kimberley kimmie; kirsten: kirsty; krista: kris; kristen: kris kristy krissy kristin chris
christy; kristin: kris kristy krissy kristen chris christy; kristina: kris tina kristy krissy; kristine: kris kristy
tina krissy chris christy crissy; kristy: kris; lana: alana; latisha: tish tisha; latoya: toya; laura: laurie lori
lauren laurel; laurel: laurie; lauren: laurie lori ren; laverne: verne; lavinia: vina vinnie ina; leah: lea lee;
lenora: nora lee; leonora: nora nell nellie; leslie: les lesly; leticia: tish letty lettie titia; letitia: tish letty
lettie titia; lila: delilah; lillian: lil lily lilly lillie; lily: lil lillian; linda: lindy lynn lin; lindsay:
lindsey lin; lisa: alice melissa; lois: lo; lorena: lori rena; loretta: lori etta retta lorrie; lorraine: lori lorrie
rain; louisa: lou lulu eliza; louise: lou lulu eliza lois; lucille: lucy lu lucie; lucinda: lucy cindy lu; lucy:
lucinda; lydia: lyddy; lynette: lynn; lynn: lynne lin; mabel: mae may; madeleine: maddie maddy lena; madeline: maddie
maddy lena maud madge; madison: maddie maddy mattie; magdalena: lena maggie magda; makayla: kayla mikayla; marcella:
marcy marci; marcia: marcy marci; margaret: maggie meg peg peggy marge margie madge rita daisy greta margo margery
meggie gretta midge mamie megan; margarita: rita margo maggie; margery: marge margie; margie: marjorie; marguerite:
peggy rita margie maggie; maria: mary mia marie ria; marian: mary marianne; marianne: mary ann anne marian; marie: mae
mary; marietta: etta mary may; marilyn: mary lynn; marion: mary; marissa: rissa; marjorie: marge margie margy;
marlene: marley lena; martha: marty mattie patsy patty marti; martina: tina marti; mary: molly polly mae may mamie
mitzi marie maria mollie minnie moll; matilda: tilly mattie maud tillie patty; maureen: mo reenie; maxine: max; maya:
may; megan: meg meggie meghan; melanie: mel; melinda: mel linda mindy lindy lynn; melissa: mel missy lisa lissa milly;
mercedes: merci sadie mercy; meredith: merry; michelle: shelly mickey chelle shelley misha mich michele; mildred:
millie milly; millicent: millie missy milly; minerva: minnie nerva mina; miranda: mandy randy mira randi; miriam: mimi
mitzi mary; misty: mist; molly: mary; monica: moni nicki; monique: mo; myra: mira; nadine: dee nada; nancy: nan ann
nance; naomi: omi; natalie: nat talia tally nettie natty; natasha: tasha nat; nicole: nikki nicki nicky nic nickie
cole colette; nina: ann; noelle: elle; nora: eleanor honora; norma: norm; octavia: tavia; olive: ollie livvy; olivia:
liv livvy livia ollie olive; ophelia: phelia; pamela: pam pammy; patience: pat patty; patricia: pat patty tricia trish
patsy tish patti trixie trisha; paula: polly lina; pauline: paula polly; peggy: margaret; penelope: penny nell;
philippa: pippa phil; philomena: mena; phoebe: fifi; phyllis: phyl; priscilla: cilla prissy cissy; prudence: prue
prudy; rachel: rach shelly rae rachael rachelle; ramona: mona; rebecca: becky becca beck reba becki; regina: gina
reggie ray; renee: rae; rhoda: rodie; roberta: bobbie robbie bert birdie bobby; robin: robyn; rochelle: shelly; ronda:
rhonda; rosa: rose; rosalie: rose rosie; rosalind: roz rosie linda rose; rosalyn: roz rose linda; rosanna: rose ann
annie; rose: rosie rosa; roseanne: rose ann; rosemary: rose rosie mary roz romy marie; roxanne: roxy rox rose ann;
ruth: ruthie; sabrina: brina; samantha: sam sammy mandy mantha; sandra: sandy sandi; sara: sally sadie sarah; sarah:
sally sadie sara; savanna: vannie savannah; savannah: vannie anna; selena: lena; selina: lena; serena: rena; shannon:
shan; sharon: shari sherry sha shay; sheila: shea cecilia; shelby: shel; shelly: shelley michelle; sherry: sherri;
shirley: shirl lee sherry; sierra: si; sonya: sonia; sophia: sophie soph fifi; sophie: soph sophia; stacy: stacey
anastasia; stella: star; stephanie: steph stephie steffi annie stevie stephi; sue: susie suzie susan; susan: sue susie
suzie sukie suzy susanna; susannah: sue susie anna hannah suki; suzanne: sue suzie susie suzy; sybil: sibbie; sydney:
sid syd; sylvia: syl; tabitha: tabby; tamara: tammy tam; tanya: tania; tasha: tash; tatiana: tania tanya; teresa:
terry tess tessie tessa terri teri reese; theodora: dora theo teddie thea; theresa: terry tess tessie tessa terri teri
reese tracy thirza thursa tere; tiffany: tiff tiffy; tina: christina; tracy: tracey; trudy: gertrude; ursula: ursa
sula; valerie: val; vanessa: nessa van vanna essa; vera: vee; verna: vern; veronica: ronnie roni vonnie ron franky
frankie ronna vera; victoria: vicky vicki tori vickie vic vikki; viola: vi; violet: vi; virginia: ginny ginger virgie
jenny jinny gina; vivian: viv vivi; wanda: wan; wendy: wen gwendolyn; whitney: whit; wilhelmina: mina willie wilma
minnie billie willa; wilma: willie billie; winifred: winnie freddie ora una; yolanda: yoli; yvette: eve yve; yvonne:
von vonna eve; zoe: zo
"""

_SPANISH = """
adriana: adri nana; agustin: tin; alberto: beto al tito berto; alejandra: ale alex jandra sandra; alejandro: ale alex
jandro alejo; alfonso: poncho fonso; alfredo: fredo fredy freddy alf; alicia: licha ali lisa; alonso: loncho; ana:
anita anna; andres: andy andresito; angel: angelito; anibal: ani; antonia: tona tonia; antonio: tono tony antonino
antuan; aracely: chely celi; armando: mando; arturo: art turo; aurelio: yeyo; beatriz: bea betty bety; benito: beno
ben; benjamin: benja mincho; bernardo: nardo berna; camila: cami; carlos: charlie carlitos chuck; carlota: lota;
carmen: carmencita carmela menchu; carolina: caro lina carol; catalina: cata lina cathy; cecilia: ceci chila; claudia:
clau; concepcion: concha conchita connie; consuelo: chelo connie; cristian: cris chris; cristina: cris tina cristy
chris; cristobal: cris toba; daniel: dani; daniela: dani; david: davi; diego: dieguito; dolores: lola lolita; domingo:
mingo; eduardo: lalo edu eddie ed eddy; elena: nena lena; eliana: eli; elvira: elvi; emiliano: emi; emilio: milo emi;
enrique: quique kike henry rick ricky; ernesto: neto ernie; esperanza: espe; esteban: steve teban; estefania: fani
estefi; eugenio: geno; eusebio: chebo; federico: fede kiko; felipe: pipe phil; fernanda: fer nanda; fernando: fer
nando; florencia: flor; francisca: paca pancha francis fran; francisco: paco pancho frank cisco kiko fran franky;
gabriela: gaby gabi; gerardo: gera jerry; german: mancho; gilberto: gil beto; gloria: glori; gonzalo: gonza chalo;
graciela: chela grace; gregorio: goyo greg; guadalupe: lupe lupita; guillermina: guille mina; guillermo: memo guille
william bill willy; gustavo: gus tavo; hector: tito; heriberto: beto herbert; humberto: beto; ignacio: nacho; ines:
nes; irene: ire; isabel: isa chabela; ismael: isma; jacinto: chinto; jacobo: jaco; javier: javi; jesus: chuy chucho
chus jesse; joaquin: quino joaco; jorge: george coque jorgito; jose: pepe joe joseph chepe joselito; josefa: pepa
fina; josefina: pepa fina josie; juan: john juanito juancho johnny; juana: juanita jane juani; julieta: juli; julio:
julito; laura: lau; leonardo: leo; leonor: leo nor; leticia: lety leti; lorena: lore; lorenzo: lencho larry; lourdes:
lulu; lucia: luci lucy chia; luis: lucho louis luisito lou; luisa: lucha lulu; magdalena: magda lena malena; manuel:
manolo manny lolo manu emanuel; manuela: manola; marcela: marce chela; marcos: marc mark marco; margarita: marga mago
rita; maria: mari mary marita; mariana: mari; maricela: mari chela; mario: mayo; marisol: mari sol; martha: marta;
mateo: teo matt; mauricio: mau moe; maximiliano: max; mercedes: meche merche; miguel: mike mickey migue; milagros:
mila; minerva: mine; monserrat: montse; natalia: nati naty; nicolas: nico nick; norberto: beto; octavio: tavo; oscar:
osqui; osvaldo: valdo; pablo: paul pablito; patricia: pati paty patty tricia; paulina: pau; pedro: pete perico peter
pedrito; pilar: pili; rafael: rafa ralph rafi; ramon: ray mon moncho; raul: ralph rulo; rebeca: beca; refugio: cuca
cuco; reinaldo: rey; ricardo: rick ricky richard rich; rigoberto: rigo beto; roberto: rob bob beto robert berto tito;
rodolfo: rudy fito; rodrigo: rodri rigo; rogelio: roger roy; rosa: rosita; rosario: charo chayo; ruben: rube benny;
salvador: sal chava salva; santiago: santi chago yago diego; sebastian: seba; sergio: checo; silvia: silvi; socorro:
coco; sofia: sofi; soledad: sole chole; susana: susi; teresa: tere teresita; tomas: tom tommy; valentina: vale;
vicente: vic vince chente; victor: vico; victoria: vicky tori; virginia: vicky gina; ximena: xime; yolanda: yoli
"""


def _read(*tables: str) -> tuple[dict[str, frozenset[str]], frozenset[str], frozenset[str]]:
    parents: dict[str, set[str]] = {}
    formal_names: set[str] = set()
    for entry in " ; ".join(tables).replace("\n", " ").split(";"):
        formal, _, short_forms = (part.strip() for part in entry.partition(":"))
        formal_names.add(formal)
        for short in short_forms.split():
            parents.setdefault(short, set()).add(formal)
    formal_names.discard("")
    by_short = {short: frozenset(formals) for short, formals in parents.items()}
    return by_short, frozenset(formal_names), frozenset(formal_names | parents.keys())


_PARENTS, FORMAL_NAMES, KNOWN_FIRST_NAMES = _read(_ENGLISH_MEN, _ENGLISH_WOMEN, _SPANISH)


def roots(first_name: str) -> frozenset[str]:
    """The formal names that a folded first name may stand for, itself among them."""
    return _PARENTS.get(first_name, frozenset()) | {first_name}


def related(one: str, other: str) -> bool:
    """Whether one person may go by both folded first names; two formal ones must be listed together."""
    if one in _PARENTS.get(other, ()) or other in _PARENTS.get(one, ()):
        return True
    if one in FORMAL_NAMES and other in FORMAL_NAMES:
        return False
    if not roots(one).isdisjoint(roots(other)):
        return True
    return _pet_form(one, other) or _pet_form(other, one)


def _pet_form(unknown: str, other: str) -> bool:
    """An unlisted pet name of a listed one: "Steffie" says the same as "Steph" and "Steffi"."""
    if unknown in FORMAL_NAMES or len(unknown) < 4:
        return False
    stem = _stem(unknown)
    return len(stem) >= 3 and any(stem in _STEMS.get(root, ()) for root in roots(other))


def _said(name: str) -> str:
    return name.replace("ph", "f").replace("ck", "k")


def _stem(name: str) -> str:
    stem = _said(name)
    for ending in ("ie", "ey", "ee", "ita", "ito", "y", "i"):
        if stem.endswith(ending) and len(stem) >= len(ending) + 3:
            stem = stem.removesuffix(ending)
            break
    return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else stem


def _stems() -> dict[str, frozenset[str]]:
    stems: dict[str, set[str]] = {}
    for short, formals in _PARENTS.items():
        for formal in formals:
            stems.setdefault(formal, {_said(formal)}).add(_stem(short))
    return {formal: frozenset(found) for formal, found in stems.items()}


_STEMS = _stems()
