// The store on SQLite against the model of a store, in many runs.
import { storeModel } from '../ports/store-model.testsuite.ts';
import { openers } from './opened.samples.ts';

const { onFile, inMemory } = openers();

storeModel({ name: 'a file', open: onFile, runs: 20 });
storeModel({ name: 'memory', open: inMemory, runs: 40 });
