// The signed statement in a certificate's address (docs/offline-qr.md): reads it strictly and checks its signature.
// No page, no network and no dependency, so that tests run it in node against certify/statement/, which does the same.

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ADDRESS = /^(.*\/v\/([A-Za-z2-7]{26})(?:\.html|\/(?:index(?:\.[\w-]+)?\.html)?)?)(?:#([^#]*))?$/s;
const TRAILING = /[=.,;:!?)\]}>"']+$/; // what ends a sentence around an address
const LONGEST_TEXT = 1200;
const LONGEST_NAME = 400;
const LAST_DAY = 2932896; // 9999-12-31
const CODE_PAGES = { 1: "windows-1252", 2: "windows-1250", 3: "windows-1251", 4: "windows-1253", 5: "windows-1256" };

// What each kind of key may sign under: its own number (RFC 9864) and the older one (RFC 9053).
const ALGORITHMS = {
  "P-256": { numbers: [-9, -7], key: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  Ed25519: { numbers: [-19, -8], key: { name: "Ed25519" }, verify: { name: "Ed25519" } },
};

/** Why a statement is not believed: unreadable, unknown-key, wrong-algorithm, altered, retired-key, or cannot. */
export class Refused extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/**
 * Read a page's path and fragment: {path, id, text}, with text "" where there is no statement; null for another page.
 * A "#" that a mail filter wrote as %23 is understood, even when it did so twice.
 */
export function readAddress(pathAndFragment) {
  let address = pathAndFragment;
  for (let round = 0; round < 3; round += 1) {
    const found = ADDRESS.exec(address);
    if (found) return { path: found[1], id: found[2].toUpperCase(), text: found[3] ?? "" };
    try {
      address = decodeURIComponent(address);
    } catch {
      return null;
    }
  }
  return null;
}

/**
 * Return what the issuer signed for this certificate, or throw Refused.
 *
 * 1 read the text, strictly; 2 find the key that it names; 3 the algorithm must be one of that key's kind;
 * 4 the signature must hold over the payload and this certificate's id; 5 the key must have been in use on the
 * day of issue. Whether the certificate still stands only the register knows.
 */
export async function verify(id, text, keys) {
  const signed = readSigned(fromBase32(text));
  const statement = readPayload(signed.payload);
  const key = keys.find(({ kid }) => kid === hex(signed.kid));
  if (!key) throw new Refused("unknown-key");
  const algorithm = ALGORITHMS[key.crv];
  if (!algorithm?.numbers.includes(signed.algorithm)) throw new Refused("wrong-algorithm");
  if (!(await holds(signed, key, algorithm, externalAad(id)))) throw new Refused("altered");
  if (key.retired_at && statement.issuedOn > key.retired_at.slice(0, 10)) throw new Refused("retired-key");
  return statement;
}

async function holds(signed, key, algorithm, aad) {
  const message = concatenated([
    [0x84, 0x6a], // an array of four, a text of ten (RFC 9052, 4.4)
    new TextEncoder().encode("Signature1"),
    byteString(signed.protected),
    byteString(aad),
    byteString(signed.payload),
  ]);
  const { kty, crv, x, y } = key;
  try {
    const members = kty === "EC" ? { kty, crv, x, y } : { kty, crv, x };
    const imported = await crypto.subtle.importKey("jwk", members, algorithm.key, false, ["verify"]);
    return await crypto.subtle.verify(algorithm.verify, imported, signed.signature, message);
  } catch {
    throw new Refused("cannot"); // no WebCrypto here (http, an old browser), or not this kind of key
  }
}

// So a statement holds only at its own address, and other signatures of the same key are none.
function externalAad(id) {
  return concatenated([new TextEncoder().encode("CQ1"), fromBase32(id)]);
}

// COSE_Sign1 (RFC 9052, 4.2): no tag, two protected parameters, nothing unprotected.
function readSigned(raw) {
  const parts = readCbor(raw);
  require(Array.isArray(parts) && parts.length === 4);
  const [header, unprotected, payload, signature] = parts;
  require(unprotected instanceof Map && unprotected.size === 0);
  require([header, payload, signature].every((part) => part instanceof Uint8Array) && signature.length === 64);
  const parameters = readCbor(header);
  require(parameters instanceof Map && parameters.size === 2 && parameters.has(1) && parameters.has(4));
  const algorithm = parameters.get(1);
  const kid = parameters.get(4);
  require(typeof algorithm === "number" && kid instanceof Uint8Array && kid.length === 4);
  return { protected: header, algorithm, kid, payload, signature };
}

// The payload: 0 name, 1 scope, 2 issued, 3 expires, and 4 where it is a specimen.
function readPayload(raw) {
  const facts = readCbor(raw);
  require(facts instanceof Map && [0, 1, 2, 3].every((key) => facts.has(key)));
  const specimen = facts.has(4);
  require(facts.size === (specimen ? 5 : 4) && (!specimen || facts.get(4) === true));
  const scope = facts.get(1);
  require(scope instanceof Uint8Array && scope.length === 4);
  return {
    name: readName(facts.get(0)),
    scope: hex(scope),
    issuedOn: readDay(facts.get(2)),
    expiresOn: facts.get(3) === null ? null : readDay(facts.get(3)),
    specimen,
  };
}

function readName(packed) {
  let name = packed;
  if (packed instanceof Uint8Array) {
    require(packed[0] in CODE_PAGES);
    name = decoded(CODE_PAGES[packed[0]], packed.subarray(1));
  }
  require(typeof name === "string" && name !== "" && [...name].length <= LONGEST_NAME && !/\p{Cc}/u.test(name));
  return name;
}

function readDay(number) {
  require(typeof number === "number" && number >= 0 && number <= LAST_DAY);
  return new Date(number * 86400000).toISOString().slice(0, 10);
}

// Deterministic CBOR (RFC 8949, 4.2.1), as much of it as a statement needs; every other spelling is refused.
function readCbor(raw) {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  let at = 0;

  function cut(length) {
    require(length <= raw.length - at);
    at += length;
    return raw.subarray(at - length, at);
  }

  function head() {
    const first = cut(1)[0];
    const short = first & 31;
    if (short < 24) return [first >> 5, short];
    require(short < 28); // 28 to 30 are reserved, 31 is an indefinite length
    const length = 1 << (short - 24);
    const start = at;
    cut(length);
    const argument = [() => view.getUint8(start), () => view.getUint16(start), () => view.getUint32(start),
      () => Number(view.getBigUint64(start))][short - 24]();
    require(argument >= [24, 0x100, 0x10000, 0x100000000][short - 24]); // the shortest form
    return [first >> 5, argument];
  }

  function map(count, depth) {
    const items = new Map();
    let before = "";
    for (let item = 0; item < count; item += 1) {
      const start = at;
      const key = value(depth);
      const spelled = hex(raw.subarray(start, at));
      require(typeof key === "number" && spelled > before); // each once, in order of their bytes
      before = spelled;
      items.set(key, value(depth));
    }
    return items;
  }

  function value(depth) {
    require(depth <= 4);
    if (raw[at] >= 0xf4 && raw[at] <= 0xf6) return [false, true, null][cut(1)[0] - 0xf4];
    const [major, argument] = head();
    if (major === 0) return argument;
    if (major === 1) return -1 - argument;
    if (major === 2) return cut(argument);
    if (major === 3) return decoded("utf-8", cut(argument));
    if (major === 5) return map(argument, depth + 1);
    require(major === 4); // neither a tag nor a float
    const items = [];
    while (items.length < argument) items.push(value(depth + 1)); // ends where the bytes end
    return items;
  }

  const whole = value(0);
  require(at === raw.length);
  return whole;
}

function byteString(bytes) {
  const { length } = bytes;
  const head = length < 24 ? [0x40 | length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255];
  return concatenated([head, bytes]);
}

// RFC 4648, 6, without padding; bits after the last byte must not be set (3.5).
function fromBase32(text) {
  const cleaned = text.replace(TRAILING, "");
  require(cleaned.length <= LONGEST_TEXT && /^[A-Za-z2-7]+$/.test(cleaned));
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const symbol of cleaned.toUpperCase()) {
    bits = (bits << 5) | BASE32.indexOf(symbol);
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes.push(bits >> held);
      bits &= (1 << held) - 1;
    }
  }
  require(held < 5 && bits === 0);
  return Uint8Array.from(bytes);
}

function decoded(encoding, bytes) {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("unreadable");
  }
}

function concatenated(parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function require(holding) {
  if (!holding) throw new Refused("unreadable");
}
