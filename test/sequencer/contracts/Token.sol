// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// A token for tests: events, custom errors, and every way to fail.
contract Token {
    string public name;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    error InsufficientBalance(address owner, uint256 balance, uint256 wanted);

    constructor(string memory name_, address owner, uint256 supply) {
        name = name_;
        totalSupply = supply;
        balanceOf[owner] = supply;
        emit Transfer(address(0), owner, supply);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        uint256 balance = balanceOf[msg.sender];
        if (balance < value) revert InsufficientBalance(msg.sender, balance, value);
        balanceOf[msg.sender] = balance - value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }

    function refuse() external pure {
        require(false, "refused");
    }

    function divide(uint256 by) external pure returns (uint256) {
        return 1 / by;
    }

    function burnGas() external view returns (uint256 sum) {
        while (true) sum += gasleft();
    }

    receive() external payable {}
}
