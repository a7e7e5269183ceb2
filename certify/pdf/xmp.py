"""The XMP packet (ISO 16684-1): what the file is, and which parts of which standards it keeps.

PDF/A-3 identification: ISO 19005-3, 6.6.4. PDF/UA identification: ISO 14289-1, 5, whose schema PDF/A wants
described (ISO 19005-3, 6.6.2.3).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from xml.sax.saxutils import escape

from certify.clock import iso

_EXTENSION = (
    '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>"
    "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    '<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    "<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    "<pdfaProperty:category>internal</pdfaProperty:category>"
    "<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>"
    "</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"
)
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about=""'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"'
    ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
    ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
    ' xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    ' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>"
    "<dc:format>application/pdf</dc:format>"
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title} %s</rdf:li></rdf:Alt></dc:title>'
    "<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>"
    "<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>%s"
    "<pdf:Producer>certify</pdf:Producer><xmp:CreatorTool>certify</xmp:CreatorTool>"
    "<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate><xmp:MetadataDate>%s</xmp:MetadataDate>"
    "<xmpMM:DocumentID>uuid:%s</xmpMM:DocumentID><xmpMM:InstanceID>uuid:%s</xmpMM:InstanceID>"
    "{extension}</rdf:Description></rdf:RDF></x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)


def packet(title: str, creator: str, language: str) -> str:
    """Return the packet of one kind of award, in which `fill` sets the rest."""
    texts = {"title": title, "creator": creator, "language": language}
    constant = {name: escape(text).replace("%", "%%") for name, text in texts.items()}
    return _PACKET.format(**constant, extension=_EXTENSION)


def fill(
    constant: str, number: str, certificate_id: str, issued_at: datetime, instance: bytes, replaced: str = ""
) -> bytes:
    """Return the finished packet.

    Args:
        constant: What `packet` returned.
        instance: The 16 bytes that name this very file, also in its ``/ID``.
        replaced: Address of the certificate that this one corrects.
    """
    moment = iso(issued_at)
    document = uuid(hashlib.sha256(certificate_id.encode()).digest())
    relation = (
        f"<dc:relation><rdf:Bag><rdf:li>Replaces {escape(replaced)}</rdf:li></rdf:Bag></dc:relation>"
        if replaced
        else ""
    )
    values = (escape(number), relation, moment, moment, moment, document, uuid(instance))
    return (constant % values).encode()


def uuid(digest: bytes) -> str:
    """Write the first 16 bytes of a digest as a UUID of version 8 (RFC 9562, 5.8)."""
    text = digest[:16].hex()
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{'89ab'[digest[8] >> 6]}{text[17:20]}-{text[20:32]}"
