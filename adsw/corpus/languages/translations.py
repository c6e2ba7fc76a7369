"""The quickstart's vocabulary in German, Spanish and Chinese: a checked list of words, term by term.

A noun is written with its gender: ``Volkslied n``; ``*`` stands for the ending of an adjective before it. An adjective
is in German its stem, in Spanish its two forms, ``lento|lenta``; what does not change has one. All other words are the
phrase as it stands in a text. Names of people and books stay as they are in German and Spanish.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Words(NamedTuple):
    """A term in three languages."""

    de: str
    es: str
    zh: str


FORMS = {
    "slip jig": Words("Slip Jig m", "slip jig m", "滑步吉格舞曲"),
    "jig": Words("Jig m", "giga f", "吉格舞曲"),
    "slide": Words("Slide m", "slide m", "斯莱德舞曲"),
    "reel": Words("Reel m", "reel m", "里尔舞曲"),
    "hornpipe": Words("Hornpipe f", "hornpipe m", "号笛舞曲"),
    "strathspey": Words("Strathspey m", "strathspey m", "斯特拉斯佩舞曲"),
    "clog": Words("Holzschuhtanz m", "danza de zuecos f", "木鞋舞曲"),
    "highland fling": Words("Highland Fling m", "highland fling m", "高地舞曲"),
    "waltz": Words("Walzer m", "vals m", "圆舞曲"),
    "minuet": Words("Menuett n", "minueto m", "小步舞曲"),
    "gavotte": Words("Gavotte f", "gavota f", "加沃特舞曲"),
    "polka": Words("Polka f", "polca f", "波尔卡"),
    "quickstep": Words("Quickstep m", "quickstep m", "快步舞曲"),
    "march": Words("Marsch m", "marcha f", "进行曲"),
    "lullaby": Words("Wiegenlied n", "canción de cuna f", "摇篮曲"),
    "children's song": Words("Kinderlied n", "canción infantil f", "儿歌"),
    "dance song": Words("Tanzlied n", "canción de baile f", "舞蹈歌曲"),
    "sacred song": Words("geistlich* Lied n", "canción sacra f", "圣歌"),
    "ballad": Words("Ballade f", "balada f", "叙事歌"),
    "mountain song": Words("Berglied n", "canción de montaña f", "山歌"),
    "work song": Words("Arbeitslied n", "canción de trabajo f", "劳动号子"),
    "folk song": Words("Volkslied n", "canción popular f", "民歌"),
    "air": Words("Air n", "aire m", "歌调"),
    "chorale": Words("Choral m", "coral m", "众赞歌"),
    "madrigal": Words("Madrigal n", "madrigal m", "牧歌"),
    "Kyrie": Words("Kyrie n", "Kyrie m", "慈悲经"),
    "Gloria": Words("Gloria n", "Gloria m", "荣耀经"),
    "Credo": Words("Credo n", "Credo m", "信经"),
    "Sanctus": Words("Sanctus n", "Sanctus m", "圣哉经"),
    "Benedictus": Words("Benedictus n", "Benedictus m", "降福经"),
    "Agnus Dei": Words("Agnus Dei n", "Agnus Dei m", "羔羊经"),
    "mass movement": Words("Messsatz m", "movimiento de misa m", "弥撒曲乐章"),
    "motet": Words("Motette f", "motete m", "经文歌"),
    "ballata": Words("Ballata f", "ballata f", "巴拉塔"),
    "caccia": Words("Caccia f", "caccia f", "卡恰"),
    "polyphonic song": Words("mehrstimmig* Lied n", "canción polifónica f", "复调歌曲"),
    "scherzo": Words("Scherzo n", "scherzo m", "谐谑曲"),
}

PIECE = Words("Stück n", "pieza f", "乐曲")
"""The noun where no form is given."""

REGIONS = {
    "Irish": Words("irisch", "irlandés|irlandesa", "爱尔兰"),
    "Scottish": Words("schottisch", "escocés|escocesa", "苏格兰"),
    "English": Words("englisch", "inglés|inglesa", "英格兰"),
    "Dutch": Words("niederländisch", "neerlandés|neerlandesa", "荷兰"),
    "Swiss": Words("schweizerisch", "suizo|suiza", "瑞士"),
    "Austrian": Words("österreichisch", "austriaco|austriaca", "奥地利"),
    "Italian": Words("italienisch", "italiano|italiana", "意大利"),
    "Swedish": Words("schwedisch", "sueco|sueca", "瑞典"),
    "Danish": Words("dänisch", "danés|danesa", "丹麦"),
    "Norwegian": Words("norwegisch", "noruego|noruega", "挪威"),
    "Icelandic": Words("isländisch", "islandés|islandesa", "冰岛"),
    "German": Words("deutsch", "alemán|alemana", "德国"),
    "Chinese": Words("chinesisch", "chino|china", "中国"),
    "Lorraine": Words("lothringisch", "lorenés|lorenesa", "洛林"),
    "Luxembourgish": Words("luxemburgisch", "luxemburgués|luxemburguesa", "卢森堡"),
    "Northumbrian": Words("northumbrisch", "de Northumbria", "诺森伯兰"),
}

TEMPI = {
    "slow": Words("langsam", "lento|lenta", "慢速"),
    "moderate": Words("mäßig schnell", "moderado|moderada", "中速"),
    "fast": Words("schnell", "rápido|rápida", "快速"),
    "very fast": Words("sehr schnell", "muy rápido|muy rápida", "极快速"),
}

TEXTURES = {
    "monophonic": Words("einstimmig", "monofónico|monofónica", "单声部"),
    "chordal": Words("akkordisch", "acórdico|acórdica", "和弦织体"),
    "two-part": Words("zweistimmig", "a dos voces", "两声部"),
    "three-part": Words("dreistimmig", "a tres voces", "三声部"),
    "four-part": Words("vierstimmig", "a cuatro voces", "四声部"),
    "five-part": Words("fünfstimmig", "a cinco voces", "五声部"),
    "six-part": Words("sechsstimmig", "a seis voces", "六声部"),
}

INSTRUMENTS = {
    "piano": Words("Klavier", "piano", "钢琴"),
    "harpsichord": Words("Cembalo", "clavecín", "羽管键琴"),
    "church organ": Words("Kirchenorgel", "órgano de iglesia", "教堂管风琴"),
    "electric piano": Words("E-Piano", "piano eléctrico", "电钢琴"),
    "celesta": Words("Celesta", "celesta", "钢片琴"),
    "harmonium": Words("Harmonium", "armonio", "簧风琴"),
    "harmonica": Words("Mundharmonika", "armónica", "口琴"),
    "vibraphone": Words("Vibraphon", "vibráfono", "颤音琴"),
    "marimba": Words("Marimba", "marimba", "马林巴"),
    "xylophone": Words("Xylophon", "xilófono", "木琴"),
    "music box": Words("Spieldose", "caja de música", "八音盒"),
    "classical guitar": Words("klassische Gitarre", "guitarra clásica", "古典吉他"),
    "harp": Words("Harfe", "arpa", "竖琴"),
    "banjo": Words("Banjo", "banjo", "班卓琴"),
    "sitar": Words("Sitar", "sitar", "西塔琴"),
    "koto": Words("Koto", "koto", "日本筝"),
    "violin": Words("Violine", "violín", "小提琴"),
    "viola": Words("Bratsche", "viola", "中提琴"),
    "cello": Words("Cello", "violonchelo", "大提琴"),
    "double bass": Words("Kontrabass", "contrabajo", "低音提琴"),
    "string ensemble": Words("Streicherensemble", "conjunto de cuerdas", "弦乐合奏"),
    "flute": Words("Flöte", "flauta", "长笛"),
    "piccolo": Words("Piccoloflöte", "flautín", "短笛"),
    "pan flute": Words("Panflöte", "flauta de Pan", "排箫"),
    "clarinet": Words("Klarinette", "clarinete", "单簧管"),
    "oboe": Words("Oboe", "oboe", "双簧管"),
    "bassoon": Words("Fagott", "fagot", "巴松管"),
    "alto saxophone": Words("Altsaxophon", "saxofón alto", "中音萨克斯管"),
    "bagpipe": Words("Dudelsack", "gaita", "风笛"),
    "trumpet": Words("Trompete", "trompeta", "小号"),
    "trombone": Words("Posaune", "trombón", "长号"),
    "French horn": Words("Waldhorn", "trompa", "圆号"),
    "tuba": Words("Tuba", "tuba", "大号"),
    "choir": Words("Chor", "coro", "合唱团"),
}

ENSEMBLES = {"string quartet": Words("Streichquartett", "cuarteto de cuerda", "弦乐四重奏")}

FAMILIES = {
    "keyboards": Words("Tasteninstrumente", "instrumentos de teclado", "键盘乐器"),
    "free reeds": Words("Durchschlagzungeninstrumente", "instrumentos de lengüeta libre", "自由簧乐器"),
    "mallet percussion": Words("Stabspiele", "instrumentos de láminas", "琴槌打击乐器"),
    "plucked strings": Words("Zupfinstrumente", "instrumentos de cuerda pulsada", "拨弦乐器"),
    "bowed strings": Words("Streichinstrumente", "instrumentos de cuerda frotada", "弓弦乐器"),
    "woodwind": Words("Holzblasinstrumente", "instrumentos de viento madera", "木管乐器"),
    "brass": Words("Blechblasinstrumente", "instrumentos de viento metal", "铜管乐器"),
    "voices": Words("Singstimmen", "voces", "人声"),
}

MODES = {
    "major": Words("in Dur", "en modo mayor", "大调"),
    "minor": Words("in Moll", "en modo menor", "小调"),
    "pentatonic": Words("in einer pentatonischen Tonleiter", "en escala pentatónica", "五声音阶"),
    "mixolydian": Words("im mixolydischen Modus", "en modo mixolidio", "混合利底亚调式"),
    "dorian": Words("im dorischen Modus", "en modo dórico", "多利亚调式"),
    "phrygian": Words("im phrygischen Modus", "en modo frigio", "弗里几亚调式"),
}

REGISTERS = {
    "low register": Words("in tiefer Lage", "en el registro grave", "低音区"),
    "middle register": Words("in mittlerer Lage", "en el registro medio", "中音区"),
    "high register": Words("in hoher Lage", "en el registro agudo", "高音区"),
}

ERAS = {
    "baroque": Words("aus dem Barock", "del Barroco", "巴洛克时期"),
    "Renaissance": Words("aus der Renaissance", "del Renacimiento", "文艺复兴时期"),
    "medieval": Words("aus dem Mittelalter", "de la Edad Media", "中世纪"),
    "classical era": Words("aus der Klassik", "del Clasicismo", "古典主义时期"),
    "18th century": Words("aus dem 18. Jahrhundert", "del siglo XVIII", "18世纪"),
}

COMPOSERS = {
    "Bach": "巴赫", "Palestrina": "帕莱斯特里纳", "Monteverdi": "蒙特威尔第", "Ciconia": "奇科尼亚",
    "Beethoven": "贝多芬", "Mozart": "莫扎特", "Haydn": "海顿",
    "Giovanni da Firenze": "佛罗伦萨的乔瓦尼", "O'Carolan": "奥卡罗兰",
    "Jacopo da Bologna": "博洛尼亚的雅各布", "Vitry": "维特里", "Landini": "兰迪尼", "Piero": "皮耶罗",
    "Gherardello": "盖拉尔代洛",
}  # fmt: skip
"""Composer -> the name in Chinese."""

COLLECTIONS = ("Aird's Airs", "Ryan's Mammoth Collection", "American Fife Music")

TERMS: Mapping[str, Mapping[str, Words]] = MappingProxyType(
    {
        "form": FORMS,
        "region": REGIONS,
        "collection": {name: Words(name, name, name) for name in COLLECTIONS},
        "era": ERAS,
        "composer": {name: Words(name, name, chinese) for name, chinese in COMPOSERS.items()},
        "ensemble": ENSEMBLES,
        "instrument": INSTRUMENTS,
        "family": FAMILIES,
        "mode": MODES,
        "tempo": TEMPI,
        "texture": TEXTURES,
        "register": REGISTERS,
    }
)
"""Category -> term -> its words. A metre is a number and needs none."""
