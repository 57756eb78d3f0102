"""Reads a JSON list of documents in base64 from its input, and says what expat makes of each."""
import base64
import json
import sys
import xml.etree.ElementTree as tree


def read(document):
    try:
        root = tree.fromstring(base64.b64decode(document))
    except tree.ParseError as error:
        return {"error": str(error), "descriptions": [], "tags": []}
    texts = {}
    for element in root.iter():
        texts.setdefault(element.tag.rpartition("}")[2], []).append(element.text or "")
    return {
        "error": None,
        "descriptions": texts.get("description", []),
        "tags": texts.get("key", []) + texts.get("value", []),
    }


json.dump([read(document) for document in json.load(sys.stdin)], sys.stdout)
