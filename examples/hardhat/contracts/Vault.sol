// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Keeps what its maker brings, until a time.
contract Vault {
    address payable public immutable owner;
    uint256 public immutable opens;

    event Opened(address indexed by, uint256 amount);

    error TooEarly(uint256 now_, uint256 opens);

    constructor(uint256 opens_) payable {
        owner = payable(msg.sender);
        opens = opens_;
    }

    function open() external {
        require(msg.sender == owner, "not yours");
        if (block.timestamp < opens) revert TooEarly(block.timestamp, opens);
        emit Opened(msg.sender, address(this).balance);
        (bool ok, ) = owner.call{value: address(this).balance}("");
        require(ok);
    }
}

contract VaultMaker {
    event Made(Vault vault);

    function make(uint256 opens) external payable {
        emit Made(new Vault{value: msg.value}(opens));
    }
}
