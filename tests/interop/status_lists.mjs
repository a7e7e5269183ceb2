// Digital Bazaar's implementation of status lists, asked one job a run: JSON on standard input and output.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {issue, verifyCredential} from '@digitalbazaar/vc';
import {checkStatus, createList, decodeList} from '@digitalbazaar/vc-bitstring-status-list';

const loaderOf = documents => async url => {
  const document = documents[url];
  if (!document) throw new Error(`nothing is fetched: ${url}`);
  return {contextUrl: null, documentUrl: url, document};
};

const jobs = {
  async encode({entries, set}) {
    const list = await createList({length: entries});
    for (const index of set) list.setStatus(index, true);
    return {encodedList: await list.encode()};
  },
  async decode({encodedList}) {
    const list = await decodeList({encodedList});
    const set = [];
    for (let index = 0; index < list.length; index++) if (list.getStatus(index)) set.push(index);
    return {entries: list.length, set};
  },
  async verify({credential, now, documents}) {
    const suite = new DataIntegrityProof({cryptosuite});
    const result = await verifyCredential({
      credential, suite, now: new Date(now), documentLoader: loaderOf(documents),
    });
    return {verified: result.verified, error: result.verified ? '' : JSON.stringify(result.error)};
  },
  async check({credential, documents}) {
    const suite = new DataIntegrityProof({cryptosuite});
    const result = await checkStatus({credential, suite, documentLoader: loaderOf(documents)});
    return {
      verified: result.verified,
      error: result.error ? String(result.error) : '',
      statuses: (result.results ?? []).map(each => each.status),
    };
  },
  async sign({credential, date, key, documents}) {
    const pair = await Ed25519Multikey.from(key);
    const suite = new DataIntegrityProof({cryptosuite, signer: pair.signer(), date});
    return {credential: await issue({credential, suite, documentLoader: loaderOf(documents)})};
  },
};

let text = '';
for await (const chunk of process.stdin) text += chunk;
const {job, ...given} = JSON.parse(text);
process.stdout.write(JSON.stringify(await jobs[job](given)));
