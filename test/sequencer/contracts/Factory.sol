// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import "./Token.sol";

/// Makes tokens, and calls them: calls within calls.
contract Factory {
    event Made(Token indexed token, bytes32 salt);

    function make(bytes32 salt, uint256 supply) external returns (Token token) {
        token = new Token{salt: salt}("made", address(this), supply);
        emit Made(token, salt);
    }

    function send(Token token, address to, uint256 value) external returns (bool) {
        return token.transfer(to, value);
    }

    /// The inner call fails; the outer does not.
    function attempt(Token token) external returns (bool ok) {
        try token.refuse() {
            ok = true;
        } catch {
            ok = false;
        }
    }
}
