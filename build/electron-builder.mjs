// npm run package: packages for the three systems. test/app/packaging.test.ts holds it to a list of what is packed.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of electron-builder

/** @type {import('electron-builder').Configuration} */
export default {
  appId: 'studio.mien.app',
  productName: 'Mien',
  copyright: 'Copyright © 2026 Mien contributors',
  directories: { buildResources: 'build', output: 'release' },
  npmRebuild: false,
  nodeGypRebuild: false,
  publish: null,
  asar: true,
  // Native code cannot be loaded from an archive, and weights are read at random places of their files.
  asarUnpack: [
    'models/pack/**',
    'node_modules/onnxruntime-node/**',
    'node_modules/sharp/**',
    'node_modules/@img/**',
  ],
  files: [
    'package.json',
    'dist/**',
    '!dist/.tsbuildinfo',
    '!dist/**/*.{d.ts,map}',
    'models/catalogue.json',
    'models/pack/**',
    'models/examples/**',
    '!models/examples/*.mjs',
    // Of the packages only what runs, on the system that is packed for.
    '!node_modules/**/*.{map,d.ts,d.mts,d.cts,ts,tsbuildinfo,md,markdown}',
    '!node_modules/onnxruntime-node/script/**',
    '!node_modules/{global-agent,adm-zip,@types}/**',
    '!node_modules/mediabunny/dist/bundles/**',
    '!node_modules/bullmq/dist/esm/**',
    '!node_modules/luxon/{src/**,build/!(node)/**}',
    '!node_modules/msgpackr/dist/!(node.cjs)',
    // msgpackr does without its native part.
    '!node_modules/{@msgpackr-extract,msgpackr-extract}/**',
    '!node_modules/onnxruntime-node/bin/napi-v6/!(${platform})/**',
    '!node_modules/onnxruntime-node/bin/napi-v6/${platform}/!(${arch})/**',
    '!node_modules/@vladmandic/face-api/{demo,dist,src,types}/**',
    '!node_modules/@vladmandic/face-api/model/{age_gender,face_expression,face_landmark_68_tiny,tiny_face}*',
  ],
  fileAssociations: [
    {
      ext: 'mienz',
      name: 'Mien project',
      description: 'Mien project',
      mimeType: 'application/vnd.mien.project+zip',
      role: 'Editor',
    },
  ],
  electronLanguages: ['en', 'en-US', 'de'],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },
  win: {
    icon: 'build/icon.ico',
    target: [
      { target: 'nsis', arch: ['x64'] },
      { target: 'portable', arch: ['x64'] },
    ],
  },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowToChangeInstallationDirectory: true,
    deleteAppDataOnUninstall: false,
    artifactName: 'Mien-setup-${version}.${ext}',
  },
  portable: { artifactName: 'Mien-portable-${version}.${ext}' },
  mac: {
    icon: 'build/icon.icns',
    category: 'public.app-category.graphics-design',
    // onnxruntime-node has no x64 build for macOS any more.
    target: [{ target: 'dmg', arch: ['arm64'] }],
    hardenedRuntime: true,
    gatekeeperAssess: false,
    extendInfo: {
      NSCameraUsageDescription: 'Mien uses the camera when you take a picture of a face with it.',
    },
    entitlements: 'build/entitlements.mac.plist',
    entitlementsInherit: 'build/entitlements.mac.plist',
  },
  linux: {
    icon: 'build/icon.png',
    category: 'Graphics',
    synopsis: 'Find the face with the look of one picture and the landmarks of another',
    maintainer: 'Mien contributors <contributors@mien.invalid>',
    target: [
      { target: 'AppImage', arch: ['x64'] },
      { target: 'deb', arch: ['x64'] },
    ],
  },
}
