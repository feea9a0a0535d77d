"""What stands beside the made-up counts: a note in Danish and English, and counts.yaml."""

COUNTS_YAML = """# What the files do not say themselves. All of them are made up: see README.md.
is_synthetic: true
files:
  "*-taelleskema-*.csv": {date_order: dmy}
  "*-stopinterview.csv": {date_order: dmy}
"""

README = """# Tællinger til demonstration – alt i denne mappe er opdigtet

Ingen har talt disse gående og cyklister. Tallene er trukket tilfældigt om en kendt sandhed, som står i `truth.json`, så
man kan se, om beregningerne finder den igen. De må ikke bruges som viden om stedet. Byt dem ud med rigtige tællinger:
læg filerne her, og slet de opdigtede og `counts.yaml`.

Lavet med `movement simulate`; samme frø (`seed` i `truth.json`) giver de samme filer.
Licens: som programmet. Dato: 2026.

## Fire slags filer

**Faste tællesteder** (`eco-counter-S1.csv`): Eco-Counter, timer, hele perioden. Tællestedets egen kolonne er totalen.

    Period,"September 1, 2025 12:00 AM -> September 13, 2026 11:59 PM"
    ,
    Time,S1,S1 Fodgængere IN,S1 Fodgængere OUT,S1 Cyklister IN,S1 Cyklister OUT
    2025-09-01 00:00:00,7,1,2,2,2

**Tælleskemaer** (`2025-before-taelleskema-T1.csv`): semikolon, dd-mm-åååå, "kl. 7-8". En enkelt er gemt i cp1252, en
skriver tallene som "12,0", og en har rækken "I alt".

    Tællested;T1
    Dato;Kl.;Ugedag;Fodgængere ind;Fodgængere ud;Cyklister ind;Cyklister ud
    01-09-2025;kl. 0-1;mandag;2;1;0;1

**Kvartersværdier** (`2025-before-kvarter-T3.csv`): én tælling pr. række, tidspunkt med forskel til UTC.

    station_id,mode,direction,t_start,interval_min,count
    T3,walk,in,2025-09-01T00:00+02:00,15,0

**Stopinterview** (`2026-after-stopinterview.csv`): én række pr. person, tirsdag, torsdag og lørdag ved de faste
tællesteder på snittet. Et tomt felt er intet svar; kun forbindelsens brugere er spurgt, hvad de ville gøre uden den.

    Tællested;Dato;Kl.;Bor;Formål;Uden forbindelsen;Tryghed
    S3;01-09-2026;15:02;øst;indkøb;anden vej;7

## Andre filer, der læses

Projektmapper (XLSX, hvert ark for sig), Parquet og JSON; Telraam, VivaCity, Public Life Data Protocol (gående
og ophold; én tabel eller en projektmappe med et ark pr. tabel), konsulenters skema med timer ned og ugedage hen (en uge
ad gangen, med "Periode" eller "Uge" over), stopinterview (nedenfor), og alt andet, når kolonnerne beskrives i
`counts.yaml`.
Zürich, Melbourne og Helsinki er beskrevet i forvejen (`like:`).

    files:
      "*_velo.csv": {like: zurich}
      metro.csv:
        layout: declared
        interval_min: 15
        thousands: "."
        columns: {date: Date, station: Site, "NB": {mode: cycle, direction: in}, "SB": {mode: cycle, direction: out}}
    sites: {"4711": S1}

Stopinterview er én række pr. person. Formål er skole, arbejde, indkøb, fritid, station eller natur; uden forbindelsen
er anden vej, andet transportmiddel, andet sted eller ikke; tryghed er 1 til 10. Et tomt felt er intet svar.

    Tællested;Dato;Kl.;Bor;Formål;Uden forbindelsen;Tryghed
    S1;14-09-2026;16:05;nord;indkøb;anden vej;7

`movement check FIL` siger, hvad en fil forstås som, og hvad der ville blive afvist.

## Fejl, der er lagt ind med vilje

Tre dage mangler, en tæller sidder fast, en dag er en kopi af dagen før, et par dage er blanke, og fire celler
indeholder noget, der ikke er et antal. Begge nætter, hvor uret stilles, er med: Den ene leverandør skriver timen
02:00 to gange i oktober og springer den over i marts; den anden skriver den én gang i oktober og skriver i marts
en time, der ikke findes.
Hver fejl står med fil og række i `truth.json`.

## In English

Everything in this folder is made up. The counts are drawn at random around a known truth, which stands in `truth.json`
with every fault put in on purpose (file and row). Written by `movement simulate`; the same seed gives the same bytes.
To use the program on a real place, put real count files here and delete these and `counts.yaml`.
"""
