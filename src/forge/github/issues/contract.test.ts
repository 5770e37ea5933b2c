// The adapter passes the contract of forges' issues on the stage.
import { forgeIssuesContract } from '../../../ports/forge-issues.testsuite.ts';
import { forgeIssuesWritesContract } from '../../../ports/forge-issues-writes.testsuite.ts';
import { issuesOnStage } from './issues-stage.samples.ts';

forgeIssuesContract('GitHub', issuesOnStage);
forgeIssuesWritesContract('GitHub', issuesOnStage);
