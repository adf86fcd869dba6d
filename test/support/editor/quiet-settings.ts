/** User settings that make a fresh VS Code quiet and as close to the desktop's defaults as a browser allows. */
export const QUIET_SETTINGS: Record<string, unknown> = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.enableExperiments": false,
  "workbench.settings.enableNaturalLanguageSearch": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "git.openRepositoryInParentFolders": "never",
  "json.schemaDownload.enable": false,
  // In a browser the default is afterDelay: an edit would reach the disk by itself.
  "files.autoSave": "off",
  // Rows in the DOM instead of a canvas: a test can read the terminal.
  "terminal.integrated.gpuAcceleration": "off",
  "window.confirmBeforeClose": "never",
  // Else the language server installs type packages from the registry.
  "typescript.disableAutomaticTypeAcquisition": true,
  "js/ts.tsserver.automaticTypeAcquisition.enabled": false,
  "npm.fetchOnlinePackageInfo": false,
  // Else processes are listed every few seconds and each port a test opens makes a toast.
  "remote.autoForwardPorts": false,
  // A script of replies has none for a title.
  "stride.generateTitles": false,
};
