"""Words from which invented people are drawn: common names, streets, schools; no real person."""


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MOTHERS = _split_words(
    """
    Adeline Agnès Aïcha Alexandra Alice Amandine Amélie Ana Angélique Anne-Laure Assia Audrey
    Aurélie Bénédicte Blandine Camille Caroline Cécile Céline Charlotte Chloé Christelle
    Clarisse Coralie Delphine Djamila Dorothée Élodie Émilie Estelle Fanny Farida Fatou Flavie
    Florence Gaëlle Géraldine Hanane Hélène Ingrid Isabelle Jennifer Johanna Julie Karine
    Khadija Laëtitia Laure Laurence Lina Lucile Ludivine Maëlle Magali Manon Marie Marie-Laure
    Marion Marlène Mathilde Mélanie Myriam Nadège Naïma Natacha Nathalie Ngoc Noémie Olga
    Ophélie Pauline Perrine Rachel Raphaëlle Rokia Sabrina Salomé Samira Sandrine Sarah Séverine
    Solène Sonia Sophie Stéphanie Sylvie Tatiana Tiphaine Valérie Vanessa Véronique Virginie
    Yasmina Zoé
    """
)
FATHERS = _split_words(
    """
    Abdel Adrien Alexandre Amadou Antoine Arnaud Aurélien Bakary Bastien Benjamin Benoît Boris
    Bruno Cédric Charles Christophe Clément Damien David Denis Dimitri Emmanuel Éric Fabien
    Farid Florian François Franck Frédéric Gaël Gilles Grégory Guillaume Hakim Hervé Ibrahima
    Ismaël Jean-Baptiste Jérémy Jérôme João Jonathan Julien Karim Kévin Laurent Loïc Ludovic
    Malik Marc Martin Mathieu Maxime Mehdi Michaël Minh Mourad Nicolas Olivier Pascal Paul
    Philippe Pierre Quentin Rachid Raphaël Régis Rémi Renaud Romain Samuel Sébastien Simon
    Stéphane Sylvain Thibault Thierry Thomas Tristan Valentin Vincent Xavier Yann Yohan Youssef
    """
)
CHILDREN = _split_words(
    """
    Abel Adam Adèle Agathe Aïssatou Alba Albane Alice Alix Aliyah Ambre Amine Amir Anaïs Andréa
    Anna Antonin Apolline Ariane Arsène Arthur Augustin Aya Ayden Basile Baptiste Bilal Blanche
    Camille Capucine Charlie Chloé Clara Clément Constance Côme Daphné Éden Elias Élina Élise
    Ella Éloïse Émile Emma Enzo Ethan Eva Ezio Fatima Félix Gabin Gabriel Garance Gaspard Hana
    Hélia Hugo Ibrahim Imany Inès Iris Isaac Ismaël Jade Jean Joséphine Joy Jules Julia Kaïs
    Kelya Khadim Léa Léandre Lenny Léo Léon Léonie Lila Lilou Lina Lison Livia Liam Lou Louane
    Louis Louise Luca Lucas Lucien Lyna Maël Maëlys Malo Manon Marceau Margaux Marius Martin
    Mathis Maya Mila Milo Mohamed Moussa Naël Nahel Nathan Nina Nino Noah Noé Noémie Nour Octave
    Olivia Oscar Ousmane Paul Pia Rafael Raphaël Robin Rayan Romane Romy Rose Sacha Salomé Sami
    Samuel Sarah Simon Sofia Solal Soline Sophia Suzanne Swann Théo Théodore Thiago Tiago Tom
    Valentine Victoire Victor Violette Wassim Yanis Yasmine Zélie Zoé
    """
)
FAMILIES = _split_words(
    """
    Abadie Achard Adam Allain Amrani Andrieu Arnoux Asselin Auger Aubin Bachelet Bailly Barbier
    Baron Barre Baudry Bazin Béchard Belkacem Bénard Benali Berger Berthelot Bertin Besnard
    Bigot Billard Blain Blanchet Blot Bodin Boisseau Bonneau Bordier Boucher Boulanger Bourdon
    Bourgeois Boutin Bouvier Brault Breton Briand Brisset Brunet Bureau Cadiou Camara Camus
    Carlier Caron Carré Cartier Chalons Champion Charpentier Charrier Chauvin Chevallier Cissé
    Collet Combes Cordier Cornu Cossard Coulibaly Courtois Cousin Da-Costa Daniel Dauphin David
    Debray Delage Delahaye Delaunay Delmas Deniau Desbois Deschamps Diallo Diarra Dos-Santos
    Doucet Drouet Dubois Dufour Duhamel Dumas Dumont Dupré Duval Escande Esnault Fabre Faucher
    Favre Ferreira Ferry Fleury Fontaine Forestier Fouquet Fournier Gaillard Gallet Garcia
    Garnier Gaudin Gautier Gérard Gicquel Girault Godard Gomes Gosselin Goujon Grandin Grenier
    Grosjean Guérin Guichard Guillet Guyot Hamdi Hamel Hardouin Hautin Hébert Henry Hervé Hoang
    Hubert Huet Humbert Imbert Jacob Jacquet Jamin Joly Jourdain Jouve Julien Kaci Kone Labbé
    Lacroix Lafon Lagarde Lambert Lamy Langlois Laporte Larue Lasserre Launay Lavigne Leblond
    Lebrun Leclerc Lecomte Lefort Legrand Lejeune Lemaître Lenoir Lepage Leroy Lesage Levasseur
    Lévêque Loiseau Lopes Lucas Mahé Maillard Mallet Marchal Maréchal Marin Marion Martel
    Martinez Masson Mathieu Maurice Ménard Mercier Merlin Meunier Michaud Millet Moreau Morin
    Morvan Moulin Muller Navarro Ndiaye Nguyen Nicolas Noël Olivier Ollivier Paquet Parent
    Pasquier Payet Pelletier Pereira Perrot Petitjean Picard Pineau Poisson Poulain Prigent
    Raynaud Regnier Renard Renault Ribeiro Richard Rivière Robin Rocher Rodrigues Rolland
    Rousseau Roussel Roy Sabatier Salmon Samson Sanchez Saunier Savary Schneider Seguin Silva
    Simonet Sow Tanguy Tessier Thibault Tissot Toussaint Tran Traoré Vallet Vasseur Verdier
    Vidal Vigneron Vincent Voisin Weber Yilmaz Zeroual
    """
)
STREETS = (
    "allée des Acacias", "allée des Platanes", "avenue de la Gare", "chemin des Vignes",
    "chemin du Lavoir", "impasse des Lilas", "impasse du Puits", "place de l’Église",
    "place du Marché", "rue de la Fontaine", "rue de la Rivière", "rue des Artisans",
    "rue des Écoles", "rue des Tanneurs", "rue du Moulin", "rue du Vieux-Pont",
)  # fmt: skip
TEACHERS = (
    "M. Brossard", "M. Dutheil", "M. Fauvel", "M. Hamelin", "Mme Aubin", "Mme Caillaud",
    "Mme Énault", "Mme Grandin",
)  # fmt: skip
KIN = ("grand-mère", "grand-père", "tante", "oncle", "voisine", "voisin")
"""Persons who collect a child besides its guardians; odd places are women."""

COLLEGE = "Collège du Gué"
LIVED_IN = (
    # commune, INSEE code, postcode, schools, of a hundred families
    ("Démonstration", "28901", "28990",
     ("École Jules-Ferry", "École Simone-Veil", "École des Tilleuls"), 54),
    ("Aubeval", "28902", "28990", ("École Simone-Veil",), 5),
    ("Belle-Fontaine-en-Plaine", "28903", "28992", ("École de Belle-Fontaine",), 7),
    ("Champ-l’Évêque", "28904", "28992", ("École de Belle-Fontaine",), 4),
    ("Courmarais", "28905", "28993", ("École de Courmarais",), 6),
    ("La Ferté-aux-Tilleuls", "28906", "28990", ("École des Tilleuls",), 5),
    ("Gué-le-Moulin", "28907", "28993", ("École de Courmarais",), 4),
    ("L’Épinette", "28908", "28991", ("École L’Épinette",), 5),
    ("Orvilliers-sous-Bois", "28909", "28991", ("École L’Épinette",), 3),
    ("Saint-Aubert-la-Rivière", "28910", "28991", ("École de la Rivière",), 4),
    ("Le Vieux-Pressoir", "28911", "28992", ("École du Vieux-Pressoir",), 2),
    ("Villemeux-Demo", "", "28800", ("École de la Rivière",), 1),
)  # fmt: skip
IN_TOWN = ("École Jules-Ferry", "École Simone-Veil", "École des Tilleuls")
"""Near a community centre; to the others' children goes the operator of the rural centres."""

ALLERGIES = (
    "arachide / severe / gonflement du visage", "fruits à coque / severe / gonflement du visage",
    "œuf / mild / urticaire", "kiwi / mild / démangeaisons de la bouche",
    "gluten / mild / maux de ventre", "crustacés / severe / malaise",
    "lait / mild / maux de ventre", "piqûres de guêpe / severe / gonflement",
)  # fmt: skip
PLANS = (
    ("Gonflement des lèvres, gêne pour respirer.",
     "Stylo d’adrénaline dans la cuisse, appeler le 15, puis les parents."),
    ("Sifflement, toux qui ne passe pas.",
     "Deux bouffées de salbutamol avec la chambre, assis, au calme."),
    ("Pâleur, sueurs, tremblements.",
     "Trois morceaux de sucre, attendre dix minutes, appeler les parents."),
)  # fmt: skip
TREATMENTS = (
    "Ventoline / deux bouffées / en cas de gêne", "Aerius / 5 ml / le matin",
    "Créon / une gélule / au début du repas",
)  # fmt: skip
REMARKS = (
    "Porte des lunettes.",
    "Ne sait pas encore nager.",
    "A un appareil dentaire.",
    "Gaucher.",
)
MENUS = ("standard",) * 16 + ("no_pork",) * 3 + ("vegetarian",) * 2
WITHOUT = ("gluten", "lactose", "egg", "fish")
