// The adapter passes the contract of forges on the stage, with merges at once and in the background.
import { forgeMergeContract } from '../../ports/forge-merge.testsuite.ts';
import { forgeContract } from '../../ports/forge.testsuite.ts';
import { onStage } from './stage.samples.ts';

forgeContract('GitHub', () => onStage());
forgeMergeContract('GitHub', () => onStage());
