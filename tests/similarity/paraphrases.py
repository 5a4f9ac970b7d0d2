"""Dutch statements written for measuring: sixteen ideas, each said in four ways as different people would.

They were written before anything was measured and are not tuned to what the index finds.
"""

IDEAS = (
    (
        "Er moeten meer bomen in de straat komen.",
        "Plant extra bomen langs de weg.",
        "Onze straat is te kaal, zet er bomen neer.",
        "Wij willen meer groen en bomen voor de deur.",
    ),
    (
        "De maximumsnelheid in de wijk moet 30 zijn.",
        "Laat auto's in woonwijken niet harder dan 30 rijden.",
        "Maak van de hele wijk een 30-zone.",
        "In onze buurt wordt te hard gereden, 30 kilometer is snel genoeg.",
    ),
    (
        "Er is te weinig plek om te parkeren.",
        "Wij hebben meer parkeerplaatsen nodig.",
        "Het parkeertekort in de buurt moet worden opgelost.",
        "Ik kan 's avonds mijn auto nergens kwijt.",
    ),
    (
        "Het fietspad naar school is gevaarlijk.",
        "Kinderen kunnen niet veilig naar school fietsen.",
        "Maak de schoolroute veilig voor fietsers.",
        "Leg een vrijliggend fietspad aan langs de school.",
    ),
    (
        "De bus moet ook 's avonds rijden.",
        "Laat er na acht uur nog een bus gaan.",
        "Wij willen een avondbus naar het dorp.",
        "Er rijdt 's avonds geen openbaar vervoer meer.",
    ),
    (
        "Bouw meer sociale huurwoningen.",
        "Er zijn te weinig betaalbare huurhuizen.",
        "Starters kunnen geen woning huren die ze kunnen betalen.",
        "Zorg voor goedkope huurwoningen voor jongeren.",
    ),
    (
        "De speeltuin heeft nieuwe toestellen nodig.",
        "De speeltoestellen zijn oud en kapot.",
        "Vernieuw de speelplek voor de kinderen.",
        "Zet een nieuwe glijbaan en schommel in de speeltuin.",
    ),
    (
        "Zet meer prullenbakken neer tegen zwerfafval.",
        "Er ligt te veel afval op straat.",
        "Plaats extra afvalbakken in het park.",
        "Ruim het zwerfvuil vaker op.",
    ),
    (
        "Leg zonnepanelen op het dak van het gemeentehuis.",
        "Alle gebouwen van de gemeente krijgen zonnepanelen.",
        "Gebruik daken van scholen voor zonne-energie.",
        "De gemeente moet zelf stroom opwekken met zonnepanelen.",
    ),
    (
        "Bij een zware bui staat de straat onder water.",
        "De riolering kan de regen niet aan.",
        "Zorg dat regenwater weg kan, want onze kelder loopt vol.",
        "Maak een plek waar water kan staan na een hoosbui.",
    ),
    (
        "Open een buurthuis waar mensen elkaar kunnen ontmoeten.",
        "Er is in de wijk geen ontmoetingsplek.",
        "Ouderen hebben een plek nodig voor koffie en een praatje.",
        "Geef de buurt een eigen huiskamer.",
    ),
    (
        "Maak de stoepen toegankelijk voor rolstoelen.",
        "Met een rolstoel kom je de stoep niet op.",
        "Zorg voor verlaagde stoepranden bij elke oversteek.",
        "Trottoirs zijn te hoog en te smal voor mensen met een beperking.",
    ),
    (
        "Er moet meer verlichting komen in het park.",
        "Het park is 's avonds te donker.",
        "Zet lantaarnpalen langs het wandelpad.",
        "Door slechte verlichting voelen mensen zich onveilig.",
    ),
    (
        "Zet laadpalen voor elektrische auto's in de wijk.",
        "Er zijn te weinig oplaadpunten.",
        "Wij kunnen onze elektrische auto nergens opladen.",
        "Plaats op elk plein een laadpaal.",
    ),
    (
        "Honden mogen in het park niet los lopen.",
        "Voer een aanlijnplicht in voor honden.",
        "Loslopende honden maken mijn kinderen bang.",
        "Er moet een eigen veld voor honden komen, zodat ze niet overal rennen.",
    ),
    (
        "De winkels in het centrum staan leeg.",
        "Doe iets aan de leegstand in de winkelstraat.",
        "Het centrum loopt leeg, help nieuwe ondernemers.",
        "Geef lege winkelpanden een andere bestemming.",
    ),
)
