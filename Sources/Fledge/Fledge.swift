// The one module most people import: `import Fledge`.
@_exported import FledgeCore
@_exported import FledgeData
@_exported import FledgeIO
@_exported import FledgeModels
@_exported import FledgeNN
@_exported import FledgeOptim
@_exported import FledgePlots
@_exported import FledgeTrain
