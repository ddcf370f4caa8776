//! Why a transaction cannot be in a block.

use revm::context::result::InvalidTransaction as Invalid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Malformed,
    TooLong,
    UnsupportedType,
    Signature,
    WrongChainId,
    NonceTooLow,
    NonceTooHigh,
    InsufficientFunds,
    FeeTooLow,
    TipAboveFee,
    IntrinsicGas,
    GasLimitCap,
    BlockGasLimit,
    SenderHasCode,
    InitCodeSize,
    AuthorizationList,
    DepositOrder,
    Other,
}

impl Refusal {
    /// The reason as hosts name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLong => "tooLong",
            Self::UnsupportedType => "unsupportedType",
            Self::Signature => "signature",
            Self::WrongChainId => "wrongChainId",
            Self::NonceTooLow => "nonceTooLow",
            Self::NonceTooHigh => "nonceTooHigh",
            Self::InsufficientFunds => "insufficientFunds",
            Self::FeeTooLow => "feeTooLow",
            Self::TipAboveFee => "tipAboveFee",
            Self::IntrinsicGas => "intrinsicGas",
            Self::GasLimitCap => "gasLimitCap",
            Self::BlockGasLimit => "blockGasLimit",
            Self::SenderHasCode => "senderHasCode",
            Self::InitCodeSize => "initCodeSize",
            Self::AuthorizationList => "authorizationList",
            Self::DepositOrder => "depositOrder",
            Self::Other => "other",
        }
    }
}

impl From<&Invalid> for Refusal {
    fn from(reason: &Invalid) -> Self {
        match reason {
            Invalid::PriorityFeeGreaterThanMaxFee => Self::TipAboveFee,
            Invalid::GasPriceLessThanBasefee => Self::FeeTooLow,
            Invalid::CallerGasLimitMoreThanBlock => Self::BlockGasLimit,
            Invalid::CallGasCostMoreThanGasLimit { .. } | Invalid::GasFloorMoreThanGasLimit { .. } => {
                Self::IntrinsicGas
            }
            Invalid::RejectCallerWithCode => Self::SenderHasCode,
            Invalid::LackOfFundForMaxFee { .. } | Invalid::OverflowPaymentInTransaction => Self::InsufficientFunds,
            Invalid::NonceTooHigh { .. } => Self::NonceTooHigh,
            Invalid::NonceTooLow { .. } | Invalid::NonceOverflowInTransaction => Self::NonceTooLow,
            Invalid::CreateInitCodeSizeLimit => Self::InitCodeSize,
            Invalid::InvalidChainId | Invalid::MissingChainId => Self::WrongChainId,
            Invalid::TxGasLimitGreaterThanCap { .. } => Self::GasLimitCap,
            Invalid::AuthorizationListNotSupported
            | Invalid::AuthorizationListInvalidFields
            | Invalid::EmptyAuthorizationList => Self::AuthorizationList,
            _ => Self::Other,
        }
    }
}
