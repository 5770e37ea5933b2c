// The keys of `git help --config` whose values name no program, no address and no path, by section: all keys that git 2.39
// to 2.55 list, except those of git-keys.ts. Each was checked.

/** Sections of mere switches: hints, colours, and how serious a broken object is. */
const sections = /^(?:advice|color|(?:(?:receive|fetch)\.)?fsck)\./;

const list = `
  add: ignoreErrors interactive.useBuiltin
  am: keepcr messageId threeWay
  apply: ignoreWhitespace whitespace
  attr: tree
  author: email name
  bitmapPseudoMerge: <name>.decay <name>.maxMerges <name>.pattern <name>.sampleRate <name>.stableSize
    <name>.stableThreshold <name>.threshold
  blame: blankBoundary coloring date markIgnoredLines markUnblamableLines showEmail showRoot
  branch: <name>.description <name>.merge <name>.mergeOptions <name>.rebase autoSetupMerge autoSetupRebase sort
  bundle: heuristic mode version
  checkout: guess thresholdForParallelism workers
  clean: requireForce
  clone: defaultRemoteName filterSubmodules rejectShallow
  column: branch status tag ui
  commit: cleanup gpgSign status verbose
  commitGraph: changedPaths changedPathsVersion generationVersion maxNewFilters readChangedPaths
  committer: email name
  completion: commands
  core: abbrev alternateRefsPrefixes autocrlf bare bigFileThreshold checkRoundtripEncoding checkStat commentChar
    commentString commitGraph compression createObject deltaBaseCacheLimit eol fileMode filesRefLockTimeout lockfilePid
    fsmonitorHookVersion fsync fsyncMethod fsyncObjectFiles hideDotFiles ignoreCase ignoreStat logAllRefUpdates
    looseCompression maxTreeDepth multiPackIndex notesRef packedGitLimit packedGitWindowSize packedRefsTimeout
    precomposeUnicode preferSymlinkRefs preloadIndex protectHFS protectNTFS repositoryFormatVersion restrictinheritedhandles
    safecrlf sharedRepository sparseCheckout sparseCheckoutCone splitIndex symlinks trustctime unsetenvvars untrackedCache
    useReplaceRefs warnAmbiguousRefs whitespace
  credential: interactive protectProtocol sanitizePrompt username
  credentialCache: ignoreSIGHUP
  credentialStore: lockTimeoutMS
  diff: <driver>.algorithm <driver>.binary <driver>.trustExitCode <driver>.wordRegex <driver>.xfuncname algorithm
    autoRefreshIndex colorMoved colorMovedWS context dirstat ignoreSubmodules indentHeuristic interHunkContext
    dstPrefix mnemonicPrefix noPrefix noprefix srcPrefix relative renameLimit renames statGraphWidth statNameWidth submodule suppressBlankEmpty
    trustExitCode wordRegex wsErrorHighlight
  difftool: prompt trustExitCode
  extensions: compatObjectFormat objectFormat partialClone preciousObjects relativeWorktrees worktreeConfig
  fastimport: unpackLimit
  feature: experimental manyFiles
  fetch: all bundleCreationToken fsckObjects negotiationAlgorithm output parallel prune pruneTags recurseSubmodules
    showForcedUpdates unpackLimit writeCommitGraph
  format: attach cc commitListFormat coverFromDescription coverLetter encodeEmailHeaders filenameMaxLength forceInBodyFrom from headers mboxrd noprefix
    notes numbered pretty signOff signature subjectPrefix suffix thread to useAutoBase
  gc: <pattern>.reflogExpire <pattern>.reflogExpireUnreachable aggressiveDepth aggressiveWindow auto autoDetach
    autoPackLimit bigPackThreshold cruftPacks logExpiry maxCruftSize packRefs pruneExpire reflogExpire
    reflogExpireUnreachable repackFilter rerereResolved rerereUnresolved worktreePruneExpire writeCommitGraph
  gitcvs: allBinary commitMsgAnnotation dbName dbPass dbTableNamePrefix dbUser enabled usecrlfattr
  gitweb: avatar blame category description grep highlight owner patches pickaxe remote_heads showSizes snapshot
  gpg: format minTrustLevel
  grep: column extendedRegexp fallbackToNoIndex fullName lineNumber patternType threads
  gui: GCWarning blamehistoryctx commitMsgWidth copyBlameThreshold diffContext displayUntracked encoding fastCopyBlame
    matchTrackingBranch pruneDuringFetch spellingDictionary trustmtime
  guitool: <name>.argPrompt <name>.confirm <name>.noConsole <name>.noRescan <name>.prompt <name>.revPrompt
    <name>.revUnmerged <name>.title
  help: autoCorrect format
  hook: <event>.enabled <event>.jobs <friendly-name>.enabled <friendly-name>.event <friendly-name>.parallel jobs
  http: delegation emptyAuth extraHeader followRedirects keepAliveCount keepAliveIdle keepAliveInterval lowSpeedLimit
    lowSpeedTime maxRequests maxRetries maxRetryTime minSessions noEPSV postBuffer proactiveAuth proxyAuthMethod proxySSLCertPasswordProtected
    retryAfter     saveCookies schannelCheckRevoke sslBackend sslCertPasswordProtected sslCertType sslCipherList sslKeyType sslTry sslVerify sslVersion userAgent
    version
  i18n: commitEncoding logOutputEncoding
  imap: authMethod folder pass port preformattedHTML sslverify user
  index: recordEndOfIndexEntries recordOffsetTable skipHash sparse threads version
  init: defaultBranch defaultObjectFormat defaultRefFormat defaultSubmodulePathConfig
  instaweb: port
  log: abbrevCommit date decorate diffMerges excludeDecoration follow graphColors initialDecorationSet mailmap showRoot
    showSignature
  lsrefs: unborn
  mailinfo: scissors
  maintenance: <task>.enabled <task>.schedule auto autoDetach commit-graph.auto geometric-repack.auto
    geometric-repack.splitFactor incremental-repack.auto loose-objects.auto loose-objects.batchSize reflog-expire.auto
    rerere-gc.auto strategy worktree-prune.auto
  merge: <driver>.name <driver>.recursive autoStash branchdesc conflictStyle defaultToUpstream directoryRenames ff log
    renameLimit renames renormalize stat suppressDest verbosity verifySignatures
  mergetool: <variant>.layout <tool>.hideResolved <tool>.trustExitCode hideResolved keepBackup keepTemporaries meld.hasOutput
    meld.useAutoMerge prompt vimdiff.layout writeToTemp
  notes: <name>.mergeStrategy displayRef mergeStrategy rewrite.<command> rewriteMode rewriteRef
  pack: allowPackReuse compression deltaCacheLimit deltaCacheSize depth indexVersion island islandCore packSizeLimit
    preferBitmapTips readReverseIndex threads useBitmapBoundaryTraversal useBitmaps usePathWalk useSparse window windowMemory writeBitmapHashCache
    writeBitmapLookupTable writeReverseIndex
  pretty: <name>
  promisor: acceptFromServer advertise checkFields quiet sendFields storeFields
  protocol: <name>.allow allow version
  pull: autoStash ff octopus rebase twohead
  push: default followTags gpgSign negotiate pushOption recurseSubmodules useBitmaps useForceIfIncludes
  rebase: abbreviateCommands autoSquash autoStash backend forkPoint instructionFormat maxLabelLength missingCommitsCheck
    rebaseMerges rescheduleFailedExec stat updateRefs
  receive: advertiseAtomic advertisePushOptions autogc certNonceSeed certNonceSlop denyCurrentBranch denyDeleteCurrent
    denyDeletes denyNonFastForwards fsckObjects hideRefs keepAlive maxInputSize shallowUpdate unpackLimit updateServerInfo
  reftable: blockSize geometricFactor indexObjects lockTimeout restartInterval
  remote: <name>.fetch <name>.followRemoteHEAD <name>.mirror <name>.negotiationInclude <name>.negotiationRestrict <name>.partialclonefilter <name>.promisor
    <name>.proxyAuthMethod <name>.prune <name>.pruneTags <name>.push <name>.serverOption <name>.skipDefaultUpdate
    <name>.skipFetchAll <name>.tagOpt
  repack: cruftDepth cruftThreads cruftWindow cruftWindowMemory midxNewLayerThreshold midxSplitFactor midxMustContainCruft packKeptObjects updateServerInfo
    useDeltaBaseOffset useDeltaIslands writeBitmaps
  replay: refAction
  rerere: autoUpdate enabled
  revert: reference
  safe: bareRepository
  sendemail: aliasFileType annotate bcc cc chainReplyTo confirm envelopeSender imapSentFolder outlookidfix signedOffByCc
    suppressCc useImapOnly forbidSendmailVariables from identity
    multiEdit signedoffbycc smtpBatchSize smtpDomain smtpEncryption smtpPass smtpReloginDelay smtpServerOption
    smtpServerPort smtpUser suppressFrom suppresscc thread to transferEncoding validate xmailer
  showBranch: default
  sideband: allowControlCharacters
  sparse: expectFilesOutsideOfPatterns
  splitIndex: maxPercentChange sharedIndexExpire
  ssh: variant
  stash: index showIncludeUntracked showPatch showStat
  status: aheadBehind branch compareBranches displayCommentPrefix relativePaths renameLimit renames short showStash showUntrackedFiles
    submoduleSummary
  submodule: <name>.active <name>.branch <name>.fetchRecurseSubmodules <name>.ignore active alternateErrorStrategy
    alternateLocation fetchJobs propagateBranches recurse
  tag: forceSignAnnotated gpgSign sort
  tar: umask
  trace2: configParams destinationDebug envVars eventBrief eventNesting maxFiles normalBrief perfBrief
  trailer: <key-alias>.ifexists <key-alias>.ifmissing <key-alias>.where ifexists ifmissing separators where
  transfer: advertiseObjectInfo advertiseSID fsckObjects hideRefs unpackLimit
  uploadarchive: allowUnreachable
  uploadpack: allowAnySHA1InWant allowFilter allowReachableSHA1InWant allowRefInWant allowTipSHA1InWant hideRefs keepAlive
  uploadpackfilter: <filter>.allow allow tree.maxDepth
  user: email name useConfigOnly
  versionsort: suffix
  worktree: useRelativePaths`;

const keys = new Set(
  list.split(/\n {2}(?=\S)/).flatMap((line) => {
    const [section = '', names = ''] = line.split(/: (.*)/s);
    return names.split(/\s+/).map((name) => `${section}.${name}`);
  }),
);

export function isHarmless(key: string): boolean {
  return keys.has(key) || sections.test(key);
}
