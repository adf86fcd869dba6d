import { optionTable, type OptionTable } from "../option-table";

/** Sub-commands that change things: what a rule such as `Bash(git commit:*)` may cover. Helpers, editors and foreign paths stay out. */
export const gitRuleCommands: Record<string, OptionTable> = {
  add: optionTable({
    flags: "AunvfNp",
    long: "all update dry-run verbose force intent-to-add patch no-all ignore-removal renormalize refresh ignore-errors sparse chmod=",
    operands: "text",
  }),
  commit: optionTable({
    flags: "aqvnspozueiS",
    values: "mCcut",
    paths: "F",
    long: "all message= amend no-edit allow-empty allow-empty-message quiet verbose no-verify verify signoff no-signoff author= date= fixup= squash= dry-run short branch porcelain status no-status only include reuse-message= file=@ reset-author no-gpg-sign trailer= cleanup= pathspec-from-file=@ patch no-post-rewrite",
    operands: "text",
  }),
  checkout: optionTable({
    flags: "qfbBtldmp",
    values: "bB",
    long: "quiet force track=? no-track detach ours theirs merge orphan= patch progress no-progress guess no-guess",
    operands: "text",
  }),
  switch: optionTable({
    flags: "qdftm",
    values: "cC",
    long: "create= force-create= detach quiet force track=? no-track guess no-guess merge orphan= discard-changes progress no-progress",
    operands: "text",
  }),
  restore: optionTable({
    flags: "SWqpm",
    values: "s",
    long: "source= staged worktree quiet patch merge ours theirs progress no-progress ignore-unmerged overlay no-overlay",
    operands: "text",
  }),
  reset: optionTable({
    flags: "qpN",
    long: "soft mixed hard merge keep quiet patch intent-to-add no-refresh refresh",
    operands: "text",
  }),
  branch: optionTable({
    flags: "arvlidDmMcCfqt",
    values: "u",
    long: "all remotes list verbose show-current delete move copy force quiet track=? no-track set-upstream-to= unset-upstream contains=? merged=? no-merged=? sort= format=",
    operands: "text",
  }),
  tag: optionTable({
    flags: "lnadf",
    values: "m",
    long: "list delete annotate force message= sort= contains=? points-at=",
    number: true,
    operands: "text",
  }),
  stash: optionTable({
    flags: "uakpqS",
    values: "m",
    long: "include-untracked all keep-index no-keep-index patch quiet message= staged index",
    operands: "text",
  }),
  merge: optionTable({
    flags: "qnv",
    values: "mX",
    long: "no-ff ff ff-only squash no-squash no-commit commit abort continue quit quiet verbose message= no-edit no-verify stat no-stat strategy-option= allow-unrelated-histories progress no-progress autostash no-autostash",
    operands: "text",
  }),
  rebase: optionTable({
    flags: "qvn",
    values: "X",
    long: "onto= continue abort skip quit autostash no-autostash autosquash no-autosquash keep-base root no-verify quiet verbose rebase-merges=? update-refs no-update-refs no-ff reapply-cherry-picks strategy-option= fork-point no-fork-point",
    operands: "text",
  }),
  "cherry-pick": optionTable({
    flags: "nxs",
    values: "mX",
    long: "no-commit continue abort skip quit signoff mainline= allow-empty keep-redundant-commits ff strategy-option=",
    operands: "text",
  }),
  revert: optionTable({
    flags: "ns",
    values: "m",
    long: "no-commit no-edit continue abort skip quit mainline= signoff",
    operands: "text",
  }),
  fetch: optionTable({
    flags: "apPtqvnf4 6",
    values: "j",
    long: "all prune prune-tags tags no-tags quiet verbose depth= deepen= unshallow force dry-run jobs= progress no-progress shallow-since= set-upstream atomic append",
    operands: "text",
  }),
  pull: optionTable({
    flags: "qvnrp",
    values: "jX",
    long: "rebase=? no-rebase ff-only ff no-ff quiet verbose all prune tags autostash no-autostash depth= no-commit no-edit squash progress no-progress stat no-stat",
    operands: "text",
  }),
  push: optionTable({
    flags: "ufqvnd4 6",
    values: "",
    long: "set-upstream force force-with-lease=? force-if-includes all branches tags follow-tags delete dry-run quiet verbose porcelain no-verify verify atomic progress no-progress prune thin no-thin",
    operands: "text",
  }),
  rm: optionTable({ flags: "rfnq", long: "cached force dry-run quiet ignore-unmatch", operands: "text" }),
  mv: optionTable({ flags: "fknv", long: "force dry-run verbose", operands: "text" }),
  clean: optionTable({ flags: "dfnqxX", values: "e", long: "force dry-run quiet exclude=", operands: "text" }),
  init: optionTable({ flags: "qb", long: "quiet", operands: "none" }),
};
